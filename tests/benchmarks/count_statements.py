"""Run by bench_site.py inside `manage.py shell`: how many SQL statements a post costs."""

import json
from email.utils import formatdate, make_msgid

from django.db import connection
from django.test.utils import CaptureQueriesContext

from archives.enums import Origin
from archives.services.intake import Incoming, keep, ring_for_arrivals
from delivery import tasks
from lists.addressing import resolve

ADDRESS = "l1@lists.example.com"


def letter(number):
    return (
        f"From: user00000@mail00.example-com.example\r\nTo: {ADDRESS}\r\nSubject: Number {number}\r\n"
        f"Date: {formatdate(usegmt=True)}\r\nMessage-ID: {make_msgid()}\r\n\r\nHello.\r\n"
    ).encode()


def statements(posts):
    with CaptureQueriesContext(connection) as queries:
        for number in range(posts):
            there = resolve(ADDRESS)
            keep([Incoming(letter(number), "user00000@mail00.example-com.example", (there,), (ADDRESS,), Origin.LMTP)])
        ring_for_arrivals()
        tasks.drain("judge")
        tasks.drain("send")
    return len(queries)


statements(1)
print(json.dumps({"label": "statements", "lone_post": statements(1), "per_post_of_100": statements(100) / 100}))
