"""What the SMTP client costs per recipient. Run by hand against a sink that accepts everything:

    python3 smtp_sink.py --port 2525 --control 2526 --quickack &
    python tests/benchmarks/bench_smtp_client.py --port 2525 [--recipients 10000] [--rounds 5]

Prints CPU and wall time of this process alone, in microseconds per recipient, the median of the rounds:
`bulk` sends one rendering, 50 recipients per transaction; `copies` sends every recipient a mail of his own, filled
into a template, with a VERP sender. `null` makes the same envelopes and copies and sends nothing.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from delivery.smtp import Relay, Session, Template, Transaction, prepare

MAIL = (
    b"From: Anne <anne@example.com>\nTo: dev@example.org\nSubject: [Dev] Figures\nMessage-ID: <1@example.com>\n"
    b"List-Unsubscribe: <https://example.org/u/@@TOKEN@@>\n\nHello @@NAME@@,\n\n"
    + b"A line of text that is about as long as lines in mail are.\n" * 80
    + b"-- \nThis copy went to @@NAME@@.\n"
)


def bulk(session: Session, recipients: list[str]) -> Iterator[Transaction]:
    content = prepare(MAIL)
    for start in range(0, len(recipients), 50):
        yield Transaction("dev-bounces@example.org", recipients[start : start + 50], content)


def copies(session: Session, recipients: list[str]) -> Iterator[Transaction]:
    template = Template.cut(prepare(MAIL), [b"@@TOKEN@@", b"@@NAME@@"])
    for number, recipient in enumerate(recipients):
        sender = f"dev-bounces+{recipient.replace('@', '=')}@example.org"
        yield Transaction(sender, [recipient], template.fill([b"%032d" % number, recipient.encode()]))


def send(session: Session, transactions: Iterator[Transaction]) -> int:
    return sum(reply.ok for result in session.send_many(transactions) for reply in result.recipients)


def drop(session: Session, transactions: Iterator[Transaction]) -> int:
    return sum(len(transaction.recipients) for transaction in transactions)


CASES: dict[str, tuple[Callable[..., int], Callable[..., Iterator[Transaction]]]] = {
    "bulk": (send, bulk),
    "copies": (send, copies),
    "bulk, null": (drop, bulk),
    "copies, null": (drop, copies),
}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--port", type=int, default=2525)
    options.add_argument("--recipients", type=int, default=10000)
    options.add_argument("--rounds", type=int, default=5)
    args = options.parse_args()
    recipients = [f"member{number:05d}@example.com" for number in range(args.recipients)]
    for name, (way, make) in CASES.items():
        cpu, wall = [], []
        for _ in range(args.rounds):
            with Session.open(Relay(args.host, args.port)) as session:
                cpu_start, wall_start = time.process_time(), time.perf_counter()
                accepted = way(session, make(session, recipients))
                cpu.append(time.process_time() - cpu_start)
                wall.append(time.perf_counter() - wall_start)
            if accepted != len(recipients):
                raise SystemExit(f"{name}: only {accepted} of {len(recipients)} accepted")
        scale = 1e6 / len(recipients)
        print(
            f"{name:14} {statistics.median(cpu) * scale:8.2f} us CPU {statistics.median(wall) * scale:8.2f} us wall"
            f"   (best {min(cpu) * scale:.2f} us CPU)"
        )


if __name__ == "__main__":
    main()
