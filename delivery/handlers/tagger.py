from typing import ClassVar

from delivery.draft import Draft
from lists import patterns
from lists.models import MailingList
from suite.mail.content import first_text_lines

FIELD = "X-Topics"


class Tagger:
    """Find out which of the list's topics the post is about: by Subject, Keywords and the first lines of its text.

    Who says so in X-Topics himself is not believed. Patterns run in linear time, imported ones against a clock
    (`lists.patterns`).
    """

    name: ClassVar[str] = "tagger"
    title: ClassVar[str] = "Sort the post into the list's topics"

    def apply(self, draft: Draft, mlist: MailingList) -> None:
        if not mlist.topics_enabled:
            return
        draft.headers.remove(FIELD)
        lines = [draft.headers.text("Subject"), *draft.headers.texts("Keywords")]
        if mlist.topics_bodylines_limit:
            lines += first_text_lines(draft.parsed, mlist.topics_bodylines_limit)
        lines = [line[: patterns.SEARCHED] for line in lines if line]
        draft.topics = tuple(topic["name"] for topic in mlist.topics if is_about(lines, topic["pattern"]))
        if draft.topics:
            draft.headers.append(FIELD, ", ".join(draft.topics))


def is_about(lines: list[str], pattern: str) -> bool:
    found = patterns.compiled(pattern)
    return found is not None and any(found.search(line) for line in lines)
