"""Pipelines: which handler after which. A post passes them top to bottom.

What stands before `publish` is done to the published letter as well; what stands behind it is for the members' copies only.
Handlers that Mailman has stand in Mailman's order.
"""

import logging

from delivery.draft import Draft, Send
from delivery.handlers.acknowledge import Acknowledge
from delivery.handlers.after_delivery import AfterDelivery
from delivery.handlers.avoid_duplicates import AvoidDuplicates
from delivery.handlers.base import Handler
from delivery.handlers.cleanse import Cleanse
from delivery.handlers.cleanse_anonymous import CleanseAnonymous
from delivery.handlers.cleanse_dkim import CleanseDkim
from delivery.handlers.cook_headers import CookHeaders
from delivery.handlers.decorate import Decorate
from delivery.handlers.dmarc import Dmarc
from delivery.handlers.dmarc_wrap import DmarcWrap
from delivery.handlers.endpoint_recipients import EndpointRecipients
from delivery.handlers.file_recipients import FileRecipients
from delivery.handlers.member_recipients import MemberRecipients
from delivery.handlers.message_id import MessageId
from delivery.handlers.message_id_hash import MessageIdHash
from delivery.handlers.mime_delete import MimeDelete
from delivery.handlers.owner_recipients import OwnerRecipients
from delivery.handlers.personal_to import PersonalTo
from delivery.handlers.personalize import Personalize
from delivery.handlers.publish import Publish
from delivery.handlers.reply_to import ReplyTo
from delivery.handlers.rfc_2369 import Rfc2369
from delivery.handlers.rule_hits import RuleHits
from delivery.handlers.subject_prefix import SubjectPrefix
from delivery.handlers.tagger import Tagger
from delivery.handlers.to_archive import ToArchive
from delivery.handlers.to_digest import ToDigest
from delivery.handlers.to_outgoing import ToOutgoing
from delivery.handlers.to_usenet import ToUsenet
from delivery.handlers.topic_recipients import TopicRecipients
from delivery.handlers.trim_cc import TrimCc
from delivery.handlers.validate_authenticity import ValidateAuthenticity
from lists.enums import Role
from lists.models import MailingList
from suite.common.failpoints import failpoint

log = logging.getLogger(__name__)

POSTING = "default-posting-pipeline"

_POSTING: tuple[Handler, ...] = (
    ValidateAuthenticity(),
    MessageId(),
    MimeDelete(),
    Tagger(),
    MemberRecipients(),
    TopicRecipients(),
    EndpointRecipients(),
    AvoidDuplicates(),
    Cleanse(),
    CleanseAnonymous(),
    Publish(),
    CleanseDkim(),
    MessageIdHash(),
    RuleHits(),
    TrimCc(),
    CookHeaders(),
    ReplyTo(),
    SubjectPrefix(),
    Personalize(),
    Rfc2369(),
    ToArchive(),
    ToDigest(),
    ToUsenet(),
    AfterDelivery(),
    Acknowledge(),
    PersonalTo(),
    DmarcWrap(),
    Decorate(),
    Dmarc(),
    ToOutgoing(),
)

PIPELINES: dict[str, tuple[Handler, ...]] = {
    POSTING: _POSTING,
    "file-posting-pipeline": tuple(
        FileRecipients() if isinstance(handler, MemberRecipients) else handler for handler in _POSTING
    ),
    "default-owner-pipeline": (CleanseDkim(), OwnerRecipients(), ToOutgoing()),
}
"""Name, as lists' `posting_pipeline` and `owner_pipeline` have it, to handlers in order."""

HANDLERS: dict[str, Handler] = {handler.name: handler for handlers in PIPELINES.values() for handler in handlers}
"""By their names; and those of plugins (`suite.plugging`)."""


def with_handler(pipeline: tuple[Handler, ...], handler: Handler, before: str) -> tuple[Handler, ...]:
    """The pipeline with one handler more, before the one of this name. Raises ValueError where it has none."""
    names = [one.name for one in pipeline]
    if before not in names:
        raise ValueError(f"it has no {before}")
    place = names.index(before)
    return (*pipeline[:place], handler, *pipeline[place:])


DEFAULTS = {Role.OWNER: "default-owner-pipeline"}
"""What shapes letters to a role when the list names no pipeline that exists; all other roles: POSTING."""


FORK = ("rfc-2369", "decorate", "to-outgoing")
"""Handlers that tell a member of his membership: at the first of them, copies for members of included lists go apart."""
ONCE = ("to-archive", "to-digest", "to-usenet", "after-delivery", "acknowledge")
"""Handlers that speak of the post, not of a copy: those apart pass them by."""


def run(name: str, draft: Draft, mlist: MailingList) -> None:
    """Shape the draft; `draft.changes` gets the names of the handlers that changed header, body or recipients.

    The copy for members of each included list is shaped apart from FORK on, and adds what it sends to the draft's intents.
    A name that no pipeline has, as of a plugin that is gone: the role's default shapes, and an error is logged.
    """
    if name not in PIPELINES:
        default = DEFAULTS.get(Role(draft.arrival.role), POSTING)
        log.error("list=%s pipeline=%r does not exist; %s shapes instead", mlist.list_id, name, default)
        name = default
    before = draft.headers.to_bytes(), draft.body, draft.recipients
    forks: list[Draft] = []
    for handler in PIPELINES[name]:
        if not forks and handler.name in FORK:
            forks = [draft.fork(group) for group in draft.gathered if group.recipients or group.posted]
        if handler.name not in ONCE:
            for fork in forks:
                handler.apply(fork, mlist)
        handler.apply(draft, mlist)
        failpoint(f"handler.{handler.name}")
        if draft.drop:
            return
        after = draft.headers.to_bytes(), draft.body, draft.recipients
        if after[0] != before[0] or after[1] is not before[1] or after[2] is not before[2]:
            draft.changes.append(handler.name)
        before = after
    for fork in forks:
        draft.intents += [intent for intent in fork.intents if isinstance(intent, Send) and intent.through]
