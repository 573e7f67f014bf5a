from collections.abc import Iterator
from typing import ClassVar

from archives import links
from delivery.archivable import is_archived
from delivery.archivers import table
from delivery.draft import Draft
from delivery.enums import BatchKind
from lists.enums import ArchivePolicy
from lists.links import works_in_one_click
from lists.models import MailingList
from suite.mail import addresses, ids
from suite.mail.mailto import mailto


class Rfc2369:
    """The fields that mail programs show as buttons: RFC 2369, List-Id (RFC 2919), one-click (RFC 8058), RFC 5064.

    Only list software writes them, so the poster's own go in any case (RFC 2369 §2). A list on a list answers for itself
    (§4).
    """

    name: ClassVar[str] = "rfc-2369"
    title: ClassVar[str] = "Add the List-* fields"

    def apply(self, draft: Draft, mlist: MailingList) -> None:
        draft.headers.remove_if(lambda name, _: name.startswith("list-"))
        if mlist.include_rfc2369_headers:
            for name, value in fields(draft, mlist):
                draft.headers.append(name, value)


def fields(draft: Draft, mlist: MailingList) -> Iterator[tuple[str, str]]:
    personal = draft.placeholder("unsubscribe_url") if draft.kind == BatchKind.PERSONAL else ""
    yield from list_fields(mlist, personal, draft.through)
    if is_archived(draft, mlist):
        yield from archived_at(mlist, ids.message_id(draft.headers))


def archived_at(mlist: MailingList, message_id: str) -> Iterator[tuple[str, str]]:
    """A field for each place where the post can be read (RFC 5064 §2.3): our archive, then those outside."""
    yield "Archived-At", f"<{links.permalink(mlist, message_id)}>"
    for archiver in table.of_list(mlist).values():
        if url := archiver.permalink(mlist, message_id):
            yield "Archived-At", f"<{url}>"


def list_fields(
    mlist: MailingList, unsubscribe_url: str, through: MailingList | None = None
) -> Iterator[tuple[str, str]]:
    """Those of any mail to the members. `unsubscribe_url` is the recipient's own (or its placeholder); empty = there is none.

    Who gets it through a list that `mlist` includes is helped by that one (RFC 2369 §4), and leaves that; List-Id, List-Post and
    List-Archive stay the including list's (there, and RFC 2919 §5).
    """
    near = through or mlist
    yield "List-Id", list_id(mlist)
    yield "List-Help", mailto(near.request_address, "?subject=help")
    yield "List-Owner", mailto(near.owner_address)
    yield "List-Post", mailto(mlist.posting_address) if mlist.allow_list_posts else "NO"
    yield "List-Subscribe", mailto(near.join_address)
    yield from unsubscribe(near, unsubscribe_url)
    if mlist.archive_policy != ArchivePolicy.NEVER:
        outside = (archiver.list_url(mlist) for archiver in table.of_list(mlist).values())
        yield "List-Archive", ", ".join(f"<{url}>" for url in (links.archive(mlist), *outside) if url)


def unsubscribe(mlist: MailingList, personal: str) -> Iterator[tuple[str, str]]:
    """A personal copy has the one https address that leaves at once by POST (RFC 8058 §3.1); the same bytes for
    everybody can only name the list's page, and claim nothing of one click. Nor does a site that has no https."""
    leave = mailto(mlist.leave_address)
    if personal:
        yield "List-Unsubscribe", f"<{personal}>, {leave}"
        if works_in_one_click(mlist):
            yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"
    else:
        yield "List-Unsubscribe", f"{leave}, <{links.archive(mlist)}>"


def list_id(mlist: MailingList) -> str:
    """`description <dev.example.org>` (RFC 2919 §3)."""
    description = " ".join(mlist.description.split())
    return f"{addresses.format_phrase(description)} <{mlist.list_id}>" if description else f"<{mlist.list_id}>"
