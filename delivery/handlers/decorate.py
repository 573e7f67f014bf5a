from typing import ClassVar

from archives import links
from delivery import personal
from delivery.draft import Draft
from delivery.enums import BatchKind
from lists import notices
from lists.models import MailingList
from suite.mail import decorate

HEADER, FOOTER = "list:member:regular:header", "list:member:regular:footer"
THROUGH = "list:member:included:footer"


class Decorate:
    """Put the list's texts above and below the post. In personal copies they may speak to the recipient.

    Who gets it through a list that this one includes reads below it, in that list's words, why he does and how to leave that.
    A list without footer has none for anybody, for its posts are meant to stay as they came.
    """

    name: ClassVar[str] = "decorate"
    title: ClassVar[str] = "Add the list's header and footer"

    def apply(self, draft: Draft, mlist: MailingList) -> None:
        personally = draft.kind == BatchKind.PERSONAL
        known = {"unsubscribe_url": links.archive(draft.through or mlist)}
        if personally:
            known |= {name: draft.placeholder(name) for name in personal.NAMES}
        header, footer = (notices.render(name, mlist, **known)[1] for name in (HEADER, FOOTER))
        if footer and draft.through:
            footer = through(draft.through, mlist, known)
        if header or footer:
            draft.headers, draft.body = decorate.add_text(
                draft.headers, draft.body, header_text=header, footer_text=footer, as_is=personally
            )


def through(near: MailingList, mlist: MailingList, known: dict[str, str]) -> str:
    """The footer for members of `near`, which `mlist` includes."""
    umbrella = {"umbrella_listname": mlist.posting_address, "umbrella_display_name": mlist.display_name}
    return notices.render(THROUGH, near, **known, **umbrella)[1]
