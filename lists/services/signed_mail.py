"""Whether a list leaves signed mail intact, and what that costs.

A signature (DKIM, S/MIME, PGP) covers the body and some header fields. Whoever changes one of them breaks it, and a receiver that
asks for the author's signature (DMARC) may refuse the post. This names each setting that changes such things, with words for the
owner, and can switch all of them off.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.db import transaction

from lists import notices
from lists.enums import DMARCMitigateAction, Personalization, ReplyToMunging
from lists.models import MailingList
from lists.services import texts
from lists.services.mailing_lists import change_settings

MITIGATIONS = (DMARCMitigateAction.MUNGE_FROM, DMARCMitigateAction.WRAP_MESSAGE)
TEXTS = {"list:member:regular:header": "above", "list:member:regular:footer": "below"}


@dataclass(frozen=True, slots=True)
class Change:
    """A setting, or text, that changes signed mail: what it does, and what the list does without when it is off."""

    setting: str
    does: str
    cost: str

    def as_json(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Rule:
    change: Change
    on: Callable[[MailingList], bool]
    off: Any
    """The value of the setting that leaves mail alone."""


def _rule(setting: str, on: Callable[[MailingList], bool], off: Any, does: str, cost: str) -> _Rule:
    return _Rule(Change(setting, does, cost), on, off)


RULES = (
    _rule(
        "subject_prefix",
        lambda mlist: bool(mlist.subject_prefix.strip()),
        "",
        "It puts the list's prefix before each subject.",
        "Readers no longer see in the subject where a post comes from; they sort by List-Id instead.",
    ),
    _rule(
        "reply_goes_to_list",
        lambda mlist: mlist.reply_goes_to_list != ReplyToMunging.NO_MUNGING,
        ReplyToMunging.NO_MUNGING,
        "It writes Reply-To into each post.",
        "Answers go to the author, unless people choose to answer the list or all.",
    ),
    _rule(
        "first_strip_reply_to",
        lambda mlist: mlist.first_strip_reply_to,
        False,
        "It removes the author's Reply-To.",
        "Answers go where the author wants them.",
    ),
    _rule(
        "personalize",
        lambda mlist: mlist.personalize == Personalization.FULL,
        Personalization.INDIVIDUAL,
        "It puts each recipient into To.",
        "To names whom the author wrote to; each member still has a copy, and a link to leave, of his own.",
    ),
    _rule(
        "filter_content",
        lambda mlist: mlist.filter_content,
        False,
        "It removes parts of posts.",
        "Attachments of every kind pass; large posts can still be held by max_message_size.",
    ),
    _rule(
        "anonymous_list",
        lambda mlist: mlist.anonymous_list,
        False,
        "It removes the author with his signature.",
        "Everybody sees who posts.",
    ),
    _rule(
        "dmarc_mitigate_action",
        lambda mlist: mlist.dmarc_mitigate_action in MITIGATIONS,
        DMARCMitigateAction.NO_MITIGATION,
        "It puts the list into From, or wraps the post, for authors whose domain forbids others to send in its name.",
        "Posts of such authors arrive because their signature is whole, and only as long as nothing else named here is on.",
    ),
)
"""In the order in which owners notice them. The site's own REMOVE_DKIM_HEADERS and the texts around posts come behind."""


def changes(mlist: MailingList) -> list[Change]:
    """Everything that changes signed mail on this list; nothing where signatures stay whole."""
    found = [rule.change for rule in RULES if rule.on(mlist)]
    for name, where in TEXTS.items():
        if notices.render(name, mlist)[1].strip():
            cost = "Readers are told nothing there; how to leave stands in List-Unsubscribe, a button in most mail programs."
            found.append(Change(name, f"It adds a text {where} each post.", cost))
    if settings.REMOVE_DKIM_HEADERS:
        does = "The site removes signatures from all posts."
        found.append(Change("POSTHOUSE_REMOVE_DKIM_HEADERS", does, "Only the site's operator can change that."))
    return found


@transaction.atomic
def leave_intact(mlist: MailingList, *, actor: str = "") -> list[Change]:
    """Switch off all of it that is the list's own. Returns what is left, which is the site's."""
    change_settings(mlist, actor=actor, **{rule.change.setting: rule.off for rule in RULES if rule.on(mlist)})
    for name in TEXTS:
        if notices.render(name, mlist)[1].strip():
            texts.set_text(name, mlist, "", actor=actor)
    return changes(MailingList.objects.select_related("domain").get(pk=mlist.pk))
