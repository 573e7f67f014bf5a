"""What content filtering costs on a large letter. Run by hand:

    python tests/benchmarks/bench_filtering.py [--megabytes 10] [--rounds 9]

Prints CPU milliseconds, the median of the rounds, for a letter of that size with a text in two forms, one large attachment
that stays and some that go: read (its parts found), filtered with every setting on, and with nothing to do.
"""

import argparse
import base64
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from suite.mail.filtering import Filtered, Policy, filter_letter
from suite.mail.html_plain import HtmlToPlain
from suite.mail.parse import parse
from tests.mail.trees import leaf, letter, multipart

HTML = (
    "<p>A line of text that is about as long as lines in mail are, with <a href='https://example.com/'>a link</a>.</p>"
)


def make_letter(size: int) -> bytes:
    def attached(name: str, octets: int) -> bytes:
        return leaf(
            f"application/octet-stream; name={name}",
            base64.encodebytes(os.urandom(octets)).replace(b"\n", b"\r\n"),
            "Content-Transfer-Encoding: base64",
        )

    text = multipart("alternative", leaf("text/plain", "Hello.\r\n" * 200), leaf("text/html", HTML * 200))
    small = [attached(f"setup{number}.exe", size // 200) for number in range(20)]
    return letter(multipart("mixed", text, attached("film.bin", size * 6 // 10), leaf("text/html", HTML * 200), *small))


def filtered(raw: bytes, policy: Policy) -> Filtered:
    parsed = parse(raw)
    assert parsed.structure is not None
    return filter_letter(parsed.raw, parsed.structure, parsed.headers, parsed.body, policy)


def every(raw: bytes) -> Filtered:
    extensions, types = frozenset({"exe"}), frozenset({"image"})
    return filtered(raw, Policy(types, frozenset(), extensions, frozenset(), True, HtmlToPlain()))


def measure(what: Callable[[], object], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        start = time.process_time()
        what()
        times.append(time.process_time() - start)
    return statistics.median(times) * 1000


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--megabytes", type=int, default=10)
    options.add_argument("--rounds", type=int, default=9)
    chosen = options.parse_args()
    raw = make_letter(chosen.megabytes * 1_000_000)
    assert every(raw).changed
    print(f"{len(raw) / 1e6:.1f} MB, CPU milliseconds:")
    print(f"  read      {measure(lambda: parse(raw).structure, chosen.rounds):8.1f}")
    print(f"  filtered  {measure(lambda: every(raw), chosen.rounds):8.1f}")
    print(f"  untouched {measure(lambda: filtered(raw, Policy(frozenset({'image'}))), chosen.rounds):8.1f}")


if __name__ == "__main__":
    main()
