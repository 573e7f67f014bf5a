"""What a large digest costs. Run by hand:

    python tests/benchmarks/bench_digests.py [--posts 1000] [--letters FOLDER] [--limit MEGABYTES] [--database URL]

In a database of its own, collects that many posts (of 4 kB each, or the letters of the folder, again and again), and makes their
issues for one reader of each form. Prints CPU seconds of that, and by how much the process grew at most.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

LINE = "A line of text that is about as long as lines in mail are, and then a word.\n"


def peak() -> int:
    status = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in status if line.startswith("VmHWM:")).split()[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=1000)
    parser.add_argument("--letters", type=Path)
    parser.add_argument("--limit", type=int, default=64, help="Megabytes of an issue.")
    parser.add_argument("--database", default="")
    options = parser.parse_args()
    state = tempfile.mkdtemp(prefix="posthouse-bench-")
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "suite.settings",
        "POSTHOUSE_STATE": state,
        "POSTHOUSE_DATABASE_URL": options.database or f"sqlite:///{state}/posthouse.sqlite3",
        "POSTHOUSE_LOG_LEVEL": "ERROR",
        "POSTHOUSE_DIGEST_SIZE_LIMIT": str(options.limit * 1024 * 1024),
    }
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    print(json.dumps(measure(options.posts, options.letters)))


def measure(posts: int, folder: Path | None) -> dict[str, object]:
    from delivery.models import DigestIssue, Rendering
    from delivery.services import digests, issues
    from tests.support.digests import MIME, PLAIN, SUMMARY
    from tests.support.factories import make_list, make_member
    from tests.support.posting import arrive, judge_all, letter

    dev = make_list("dev", digest_size_threshold=0, max_message_size=0, default_nonmember_action="accept")
    for name, form in {"anne": MIME, "bart": PLAIN, "cris": SUMMARY}.items():
        make_member(dev, f"{name}@example.com", **form)
    found = [path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()] if folder else []
    for number in range(posts):
        field = f"X-Number: {number}\r\n".encode()
        arrive(field + found[number % len(found)] if found else letter(subject=f"Post {number}", body=LINE * 53))
    judge_all()
    Path("/proc/self/clear_refs").write_text("5")
    size, memory, cpu = issues.collected(dev), peak(), time.process_time()
    issues.close(dev)
    digests.work(seconds=600)
    return {
        "posts": size[0],
        "octets": size[1],
        "issues": DigestIssue.objects.exclude(sent_at=None).count(),
        "mails": Rendering.objects.filter(digest_shares__isnull=False).count(),
        "cpu_seconds": round(time.process_time() - cpu, 2),
        "grown_megabytes": round((peak() - memory) / 1024, 1),
    }


if __name__ == "__main__":
    main()
