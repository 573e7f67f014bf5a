import logging
from typing import ClassVar

from django.conf import settings

from archives.enums import State
from delivery.draft import Draft, Drop, Tell
from lists.enums import FilterAction
from lists.filtering import policy
from lists.models import MailingList
from moderation import notices
from suite.common.logs import about
from suite.common.version import PRODUCT, VERSION
from suite.mail import decorate, filtering

log = logging.getLogger(__name__)

TRACE = "X-Content-Filtered-By"
OPAQUE = "The message has more parts than can be looked through."


class MimeDelete:
    """Take out parts by type and file extension, before the post is filed: the archive shows what the members get.

    A post of which nothing is left goes the way of `filter_action`. So does one with more parts than are read, for what cannot
    be looked through is not let through.
    """

    name: ClassVar[str] = "mime-delete"
    title: ClassVar[str] = "Remove unwanted parts"

    def apply(self, draft: Draft, mlist: MailingList) -> None:
        if not mlist.filter_content:
            return
        parsed = draft.parsed
        if parsed.structure is None:
            draft.drop = drop(draft, mlist, OPAQUE)
            return
        found = filtering.filter_letter(parsed.raw, parsed.structure, draft.headers, draft.body, policy(mlist))
        if found.refused:
            draft.drop = drop(draft, mlist, found.refused)
        elif found.changed:
            draft.headers, draft.body = found.headers, found.body
            draft.headers.replace(TRACE, f"{PRODUCT}/mime-delete {VERSION}")
            if settings.FILTER_REPORT and found.removed:
                report = f"The mailing list {mlist.posting_address} removed these parts:\n\n"
                report += filtering.describe(parsed.raw, found.removed)
                draft.headers, draft.body = decorate.add_part(draft.headers, draft.body, report)


def drop(draft: Draft, mlist: MailingList, reason: str) -> Drop:
    """As the list's owner wants it. Actions that mean nothing here discard, and say so in the log."""
    action = FilterAction(mlist.filter_action)
    if action is FilterAction.REJECT:
        return Drop(State.REJECTED, MimeDelete.name, reason)
    if action is FilterAction.PRESERVE and settings.PRESERVE_FILTERED:
        return Drop(State.PARKED, MimeDelete.name, f"Preserved by content filtering: {reason}")
    if action is FilterAction.FORWARD:
        return Drop(State.DISCARDED, MimeDelete.name, reason, to_owners(draft, mlist, reason))
    if action is not FilterAction.DISCARD:
        named = about(draft.arrival.message_id, mlist.list_id, draft.arrival.pk)
        log.warning("%s filter_action=%s is not possible here: discarded", named, action.wire)
    return Drop(State.DISCARDED, MimeDelete.name, reason)


def to_owners(draft: Draft, mlist: MailingList, reason: str) -> tuple[Tell, ...]:
    """The post as it came, for owners and moderators or the site's owner. One query."""
    told = notices.filtered(mlist, reason, draft.candidate.parsed)
    return tuple(Tell(one.kind, one.recipient, one.subject, one.text, one.parts, to_owners=True) for one in told)
