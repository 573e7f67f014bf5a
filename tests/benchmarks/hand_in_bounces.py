"""Run by bench_site.py inside `manage.py shell`: 10,000 bounces over LMTP, one of each member, until all are looked at.

By turns delivery reports and texts in the forms of several mail systems, to signed return paths and to the list's plain bounce
address, where the Message-ID of a post in what came back is the proof. Ends with an error unless each of them leaves its event.
Its input: the folder of the harness; the process ids of the site and, where it counts, of the database server.
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.db.models import Count, Sum

from archives.enums import State
from archives.models import Arrival
from delivery.models import BounceEvent
from lists.models import MailingList
from suite.mail import wire
from tests.mail.bounces.letters import RETURNED, TEXTS, dsn, per_recipient
from tests.support.bouncing import NO_USER, sent, signed
from tests.support.lmtp import Client

sys.path.insert(0, input())
from procstat import Meter  # type: ignore[import-not-found]

COUNT = 10_000
SESSIONS = 8
POSTS = 20
PATIENCE = 600.0
MEANT = "bart@example.com"
FORMS = [raw.decode() for name, raw, named in TEXTS if named == {MEANT: True} and name != "only-in-what-came-back"]
HOP = "Received: from mx{0}.example.net by mx{1}.example.net; Sat, 1 Mar 2025 12:00:00 +0000\n"
TRACES = "".join(HOP.format(hop, hop + 1) for hop in range(6))
WORDS = "A line of text that is about as long as lines in mail are, and then a word.\n" * 40


def bounce(number, address):
    """A report about one of the posts, of some 1 kB, or a text with the whole post behind it, of some 4 kB."""
    returned = TRACES + RETURNED.replace("post-1@", f"post-{number // 4 % POSTS}@").replace("Return-Path:", "X-Old:")
    if number % 2:
        return dsn(per_recipient(address, "5.1.1", NO_USER), returned=returned)
    text = FORMS[number // 4 % len(FORMS)].replace(MEANT, address)
    return f"{text}\n----- Original message -----\n\n{returned}\n{WORDS}".encode()


def hand_in(share):
    with Client((settings.LMTP_HOST, settings.LMTP_PORT)) as client:
        for raw, to in share:
            [reply] = client.deliver(wire.normalise_newlines(raw), to, sender="")
            if not str(reply).startswith("250"):
                raise SystemExit(reply)


crowd = MailingList.objects.select_related("domain").get(list_name="l10000")
for number in range(POSTS):
    sent(crowd, f"post-{number}@example.org")
members = list(crowd.memberships.order_by("pk").values_list("address__email", flat=True)[:COUNT])
letters = [
    (bounce(number, email), signed(crowd, email) if number // 2 % 2 else crowd.bounces_address)
    for number, email in enumerate(members)
]
meters = [Meter([int(pid)]) for pid in input().split(",")]
begun = time.time()
with ThreadPoolExecutor(SESSIONS) as sessions:
    list(sessions.map(hand_in, [letters[at::SESSIONS] for at in range(SESSIONS)]))
kept = time.time()
while Arrival.objects.filter(state=State.RECEIVED).exists():
    time.sleep(0.5)
    if time.time() > begun + PATIENCE:
        raise SystemExit("Not all was worked on in time.")
ended, cpu = time.time(), [meter.cpu() - meter.start for meter in meters]
found = BounceEvent.objects.filter(mlist=crowd).exclude(processed_at=None)
events = found.aggregate(count=Count("membership", distinct=True), points=Sum("points"))
if events["count"] != COUNT:
    raise SystemExit(f"{events} of {COUNT} bounces.")
figures = {
    "octets": sum(len(raw) for raw, _ in letters),
    "points": events["points"],
    "cpu_s": round(sum(cpu), 1),
    "site_cpu_s": round(cpu[0], 1),
    "database_cpu_s": round(sum(cpu[1:]), 1),
    "kept_s": round(kept - begun, 1),
    "ended_s": round(ended - begun, 1),
}
print(json.dumps({"label": "bounces"} | figures))
