"""What the entry point names."""

import hmac
import json
import logging
import os
from collections.abc import Sequence
from typing import Any

from django.urls import path

from delivery.pipelines import PIPELINES, with_handler
from delivery.robots.base import Answer, Command, Request
from lists.addressing import Destination
from lists.enums import MemberRole
from lists.models import MailingList
from moderation.chains import CHAINS, Link, LinkAction, with_link
from suite.common.models import Event
from suite.common.plugins import ListSetting, Plugin

from .api import Kinds
from .parts import Label, NoCoffee, Shelf

log = logging.getLogger(__name__)


def one_word(value: str) -> None:
    if len(value.split()) != 1:
        raise ValueError("One word is wanted.")


class Tea(Plugin):
    name = "tea"
    title = "Lists about tea"
    works_with = ">=0.1,<1"
    list_settings = {
        "forbidden": ListSetting("coffee", "A word that holds a post back.", one_word),
        "kind": ListSetting("green", "What the field X-Tea says."),
        "members_from": ListSetting("", "Mail domain that all members come from; empty = any."),
    }
    listens = ("post.accepted",)

    styles = {
        "tea-room": ("A quiet list about tea.", {"posting_chain": "tea-chain", "posting_pipeline": "tea-pipeline"})
    }
    archivers = (Shelf(),)
    manage_commands = ("tealists",)
    api = (path("kinds/<str:list_id>", Kinds.as_view()),)

    def __init__(self) -> None:
        posting = CHAINS["default-posting-chain"]
        assert isinstance(posting, tuple)
        refused = Link("no-coffee", LinkAction.JUMP, "reject")
        self.rules = (NoCoffee(self),)
        self.chains = {"tea-chain": with_link(posting, refused, before="emergency")}
        self.handlers = (Label(self),)
        self.pipelines = {
            "tea-pipeline": with_handler(PIPELINES["default-posting-pipeline"], Label(self), before="rfc-2369")
        }
        self.mail_commands = (Command("brew", brew, summary="how tea is made", details="Takes five minutes."),)
        self.codes: dict[str, str] = {}
        """Address -> code with which its owner signs in."""
        self.posts = 0

    def start(self) -> None:
        self.codes = json.loads(os.environ.get("TEA_CODES", "{}"))

    def stop(self) -> None:
        log.info("heard of %d posts", self.posts)

    def event(self, event: Event) -> None:
        self.posts += 1

    def deny_join(self, mlist: MailingList, email: str, role: MemberRole) -> str | None:
        domain = self.setting(mlist, "members_from")
        if role != MemberRole.MEMBER or not domain or email.endswith(f"@{domain}"):
            return None
        return f"This list is for people of {domain}."

    def authenticate(self, request: Any, email: str, password: str) -> str | None:
        code = self.codes.get(email)
        return email if code and hmac.compare_digest(code.encode(), password.encode()) else None

    def refuse_letter(self, raw: bytes, sender: str, destination: Destination) -> str | None:
        return "This is no coffee house" if b"\r\nX-Coffee:" in raw.partition(b"\r\n\r\n")[0] else None


def brew(request: Request, words: Sequence[str]) -> Answer:
    return Answer(f"Your {words[0][:20] if words else 'green'} tea is ready.")
