"""Run by bench_site.py inside `manage.py shell`: how long it takes, from 250 on, to score a bounce and to answer a join.

One at a time on an idle site, 100 of each. What the relay has is told by the sink, with the moment in which it came.
"""

import json
import socket
import statistics
import time

from django.conf import settings

from lists.models import MailingList, Membership
from suite.mail import wire
from tests.benchmarks.bench_site import CONTROL
from tests.support.bouncing import dsn, signed
from tests.support.lmtp import Client
from tests.support.posting import letter

COUNT = 100
PAUSE = 0.4
"""Seconds of quiet before each."""
LOOK = 0.002
"""Seconds between two looks."""
PATIENCE = 30.0


def hand_in(raw, to, sender):
    """The time of its 250."""
    with Client((settings.LMTP_HOST, settings.LMTP_PORT)) as client:
        [reply] = client.deliver(wire.normalise_newlines(raw), to, sender=sender)
        heard = time.time()
    if not str(reply).startswith("250"):
        raise SystemExit(reply)
    return heard


def bounces(mlist):
    for member in mlist.memberships.select_related("address").order_by("pk")[:COUNT]:
        time.sleep(PAUSE)
        email = member.address.email
        heard = hand_in(dsn(email), signed(mlist, email), sender="")
        mine = Membership.objects.filter(pk=member.pk, bounce_score=1)
        yield when(mine.exists) - heard


def joins(mlist):
    for number in range(COUNT):
        time.sleep(PAUSE)
        before = sink()["messages"]
        who = f"newcomer{number}@new{number}.example"
        heard = hand_in(letter(sender=who, to=mlist.join_address), mlist.join_address, sender=who)
        when(lambda before=before: sink()["messages"] > before)
        yield sink()["last"] - heard


def when(holds):
    """The time at which it holds."""
    deadline = time.time() + PATIENCE
    while not holds():
        if time.time() > deadline:
            raise SystemExit("Nothing came of it.")
        time.sleep(LOOK)
    return time.time()


def sink():
    with socket.create_connection(("127.0.0.1", CONTROL)) as control:
        control.sendall(b"stats\n")
        return json.loads(control.makefile().readline())


def say(label, seconds):
    p99 = sorted(seconds)[max(0, round(len(seconds) * 0.99) - 1)]
    print(json.dumps({"label": label, "p50": round(statistics.median(seconds), 3), "p99": round(p99, 3)}))


crowd = MailingList.objects.get(list_name="l100")
say("bounces", list(bounces(crowd)))
say("joins", list(joins(crowd)))
