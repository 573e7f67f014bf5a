"""A rule and a handler, which ask what the list has set (that costs no query), and an archiver."""

from pathlib import Path
from typing import ClassVar

from django.conf import settings

from delivery.archivers.base import Copy, Silent
from delivery.draft import Draft
from lists.models import MailingList
from moderation.candidates import Candidate
from moderation.verdicts import Hit
from suite.common.plugins import Plugin


class NoCoffee:
    """The subject has the word that this list does not want."""

    name: ClassVar[str] = "no-coffee"
    title: ClassVar[str] = "The subject has a forbidden word"

    def __init__(self, plugin: Plugin) -> None:
        self.plugin = plugin

    def check(self, letter: Candidate, mlist: MailingList) -> Hit | None:
        word = self.plugin.setting(mlist, "forbidden")
        if word.lower() not in letter.subject.lower().split():
            return None
        return Hit(f"The subject speaks of {word}.", f"This list does not speak of {word}.")


class Label:
    """Write the list's kind of tea into the members' copies."""

    name: ClassVar[str] = "tea-label"
    title: ClassVar[str] = "Say which tea this is"

    def __init__(self, plugin: Plugin) -> None:
        self.plugin = plugin

    def apply(self, draft: Draft, mlist: MailingList) -> None:
        draft.headers.replace("X-Tea", self.plugin.setting(mlist, "kind"))


class Shelf(Silent):
    """A file for each post. The same one when it is asked again, for nobody knows what a crash left."""

    name: ClassVar[str] = "tea-shelf"
    title: ClassVar[str] = "A file for each post"

    def file(self, copy: Copy) -> None:
        folder = Path(settings.ARCHIVERS_FOLDER) / self.name / copy.mlist.list_id
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{copy.key}.eml").write_bytes(copy.text)
