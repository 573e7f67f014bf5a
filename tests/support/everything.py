"""Lists on which every feature is on: what one of them cannot do to a post, another does."""

from typing import Any

from lists.enums import (
    Action,
    DMARCMitigateAction,
    FilterAction,
    Personalization,
    ReplyToMunging,
)
from lists.models import MailingList
from lists.services import texts, topics
from moderation.services import filters
from tests.support.digests import MIME, PLAIN, SUMMARY
from tests.support.factories import make_list, make_member
from tests.support.signing import sign_for

HEADER, FOOTER = "list:member:regular:header", "list:member:regular:footer"
ANYBODY: dict[str, Any] = {
    "default_nonmember_action": Action.ACCEPT,
    "require_explicit_destination": False,
    "max_message_size": 0,
    "max_num_recipients": 0,
    "administrivia": False,
}
"""A list that distributes whatever comes."""
FILTERING: dict[str, Any] = {
    "filter_content": True,
    "filter_types": ["image/gif", "application/x-msdownload"],
    "filter_extensions": ["exe", "pif", "scr"],
    "filter_action": FilterAction.FORWARD,
    "collapse_alternatives": True,
    "convert_html_to_plaintext": True,
}

LISTS: dict[str, dict[str, Any]] = {
    # everything that can be done to a post of which each member has a copy of his own
    "every": {
        **FILTERING,
        "personalize": Personalization.FULL,
        "subject_prefix": "[Größe %d] ",
        "description": 'Größe, "Maße"',
        "reply_goes_to_list": ReplyToMunging.POINT_TO_LIST,
        "dmarc_mitigate_action": DMARCMitigateAction.MUNGE_FROM,
        "dmarc_mitigate_unconditionally": True,
        "topics_enabled": True,
        "topics_bodylines_limit": 20,
        "topics": [{"name": "mail", "pattern": "(?i)mail", "description": ""},
                   {"name": "patches", "pattern": "(?i)patch|diff", "description": ""}],
        "bounce_matching_headers": "X-Never-There: .*\n",
        "digest_size_threshold": 30,
    },
    # the letter inside of a mail of the list's own
    "wrapped": {
        "subject_prefix": "[Wrapped] ",
        "reply_goes_to_list": ReplyToMunging.EXPLICIT_HEADER,
        "reply_to_address": "tea@example.org",
        "first_strip_reply_to": True,
        "dmarc_mitigate_action": DMARCMitigateAction.WRAP_MESSAGE,
        "dmarc_mitigate_unconditionally": True,
        "dmarc_wrapped_message_text": "Größeres steht darunter.\n",
    },
    "anonymous": {"anonymous_list": True, "subject_prefix": "[%d] ", "description": "Nobody", "digest_size_threshold": 5},
    # nothing that breaks a signature
    "careful": {"subject_prefix": ""},
}  # fmt: skip
"""Name and settings of each."""


def make_everything(**more: Any) -> dict[str, MailingList]:
    """The lists, each with its text above and below posts but for `careful`, members of every kind, and a key that signs."""
    made = {name: make_list(name, **{**ANYBODY, **settings, **more}) for name, settings in LISTS.items()}
    sign_for("example.org")
    for name, mlist in made.items():
        member = make_member(mlist, "anne@example.com", receive_list_copy=False)
        make_member(mlist, "jürgen@example.com")
        for number, form in enumerate((MIME, PLAIN, SUMMARY)):
            make_member(mlist, f"digest{number}@example.com", **form)
        texts.set_text(HEADER, mlist, "" if name == "careful" else "Über allem: $display_name\n")
        texts.set_text(FOOTER, mlist, "" if name == "careful" else "-- \n$listname grüßt\n")
        filters.add(mlist, "X-Never-There", "nothing", Action.DISCARD)
        if mlist.topics_enabled:
            topics.choose(member, ["mail", "patches"], untagged=True)
    return made
