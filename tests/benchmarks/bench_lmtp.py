"""What the LMTP door costs per letter, keeping it included. Run by hand, with the settings of a site to try:

    POSTHOUSE_STATE=/tmp/try POSTHOUSE_DATABASE_URL=postgres://... python tests/benchmarks/bench_lmtp.py [--conns 20]

Migrates, makes the list bench@bench.example, opens a door in a process of its own, and prints that process's CPU per letter and
letters per second for each round.
"""

import argparse
import asyncio
import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAKE_LIST = """
from lists.models import Domain, MailingList
domain, _ = Domain.objects.get_or_create(mail_host="bench.example")
MailingList.objects.filter(list_name="bench").exists() or MailingList.objects.create(list_name="bench", domain=domain)
"""
ENVELOPE = b"MAIL FROM:<anne@example.com>\r\nRCPT TO:<bench@bench.example>\r\nDATA\r\n"
BODY = b"A line of text that is about as long as lines in mail are.\r\n" * 85


def manage(*words: str) -> list[str]:
    return [sys.executable, str(ROOT / "manage.py"), *words]


async def client(host: str, port: int, numbers: range) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    await reader.readline()
    writer.write(b"LHLO bench.example\r\n")
    while (await reader.readline())[3:4] == b"-":
        pass
    for number in numbers:
        writer.write(ENVELOPE)
        for _ in range(3):
            await reader.readline()
        head = f"Message-ID: <{time.time_ns()}.{number}@bench.example>\r\nFrom: anne@example.com\r\nSubject: {number}\r\n\r\n"
        writer.write(head.encode() + BODY + b".\r\n")
        reply = await reader.readline()
        assert reply.startswith(b"250"), reply
    writer.close()


async def send(host: str, port: int, letters: int, conns: int) -> None:
    await asyncio.gather(*[client(host, port, range(start, letters, conns)) for start in range(conns)])


def cpu_seconds(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--conns", type=int, default=20)
    options.add_argument("--letters", type=int, default=2000)
    options.add_argument("--rounds", type=int, default=3)
    args = options.parse_args()
    subprocess.run(manage("migrate", "-v0"), check=True)
    subprocess.run(manage("shell", "-v0", "-c", MAKE_LIST), check=True)
    environment = os.environ | {"POSTHOUSE_LMTP_PORT": "0"}
    with subprocess.Popen(manage("lmtp"), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment) as door:
        assert door.stdout
        found = re.search(rb"(\S+):(\d+)\.$", door.stdout.readline())
        assert found, "the door did not open"
        host, port = found[1].decode(), int(found[2])
        asyncio.run(send(host, port, 100, args.conns))
        for _ in range(args.rounds):
            cpu, wall = cpu_seconds(door.pid), time.monotonic()
            asyncio.run(send(host, port, args.letters, args.conns))
            cpu, wall = cpu_seconds(door.pid) - cpu, time.monotonic() - wall
            figures = f"{cpu / args.letters * 1000:.2f} ms CPU a letter, {args.letters / wall:.0f} letters/s"
            sys.stdout.write(f"{args.conns} connections: {figures}\n")
        door.terminate()


if __name__ == "__main__":
    main()
