"""Every text there is: what it is for, and what it may say beside the values that every text knows (`lists.notices.standard`).

The names are Mailman's, where it has such a mail.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Name:
    """`extras` are further placeholders; `fallback` is the text that stands in where this one is written nowhere.

    `ours`: Mailman has no text of the name.
    """

    purpose: str
    extras: tuple[str, ...] = ()
    fallback: str = ""
    ours: bool = False


FOOTER = "list:member:generic:footer"
_MEMBER = ("member", "user_email", "user_delivered_to", "user_language", "user_name", "user_name_or_email")
_DIGEST = ("got_list_email", "got_request_email", "got_owner_email")
_POST = ("subject", "sender_email", "reasons")
_CONFIRM = ("token", "subject", "confirm_email", "confirm_url", "user_email")

NAMES: dict[str, Name] = {
    "domain:admin:notice:new-list": Name("a list was made, to its owners"),
    "list:admin:action:post": Name("a post is held, to owners and moderators", _POST),
    "list:admin:action:post-by-mail": Name(
        "how to decide about a held post by mail, below its notice", ("token",), ours=True
    ),
    "list:admin:action:subscribe": Name("somebody wants to join, to owners and moderators", ("member",)),
    "list:admin:action:unsubscribe": Name("somebody wants to leave, to owners and moderators", ("member",)),
    "list:admin:notice:disable": Name("delivery to a member was switched off, to the owners", ("member",)),
    "list:admin:notice:endpoint-off": Name(
        "an HTTP endpoint was switched off, to the owners", ("member", "endpoint", "diagnostic"), ours=True
    ),
    "list:admin:notice:expired": Name(
        "held posts expired, to owners and moderators", ("count", "days", "posts"), ours=True
    ),
    "list:admin:notice:filtered": Name(
        "a post of which the filter left nothing, to owners and moderators", ("reason",), ours=True
    ),
    "list:admin:notice:flood": Name(
        "too many posts come at once, to owners and moderators", ("posts", "seconds"), ours=True
    ),
    "list:admin:notice:increment": Name("a member's bounce score was raised, to the owners", ("member",)),
    "list:admin:notice:pending": Name("what waits for a moderator, to owners and moderators", ("count", "data")),
    "list:admin:notice:removal": Name("a bouncing member was taken off, to the owners", ("member",)),
    "list:admin:notice:slow-pattern": Name(
        "a pattern rests, to owners and moderators", ("pattern", "seconds"), ours=True
    ),
    "list:admin:notice:subscribe": Name("somebody has joined, to the owners", ("member",)),
    "list:admin:notice:unrecognized": Name("a bounce that names no member, to the owners"),
    "list:admin:notice:unsubscribe": Name("somebody has left, to the owners", ("member",)),
    "list:admin:notice:wave": Name(
        "many refused one post for its own sake, to the owners", ("cause", "diagnostic", "message_id"), ours=True
    ),
    "list:any:note:header-only": Name("why only a message's header is attached, below a notice", ("size",), ours=True),
    "list:any:notice:forward": Name(
        "a moderator sends a held post on, above it", ("subject", "sender_email"), ours=True
    ),
    "list:member:digest:footer": Name("below a digest", (*_MEMBER, *_DIGEST), FOOTER),
    "list:member:digest:header": Name("above a digest", (*_MEMBER, *_DIGEST)),
    "list:member:digest:masthead": Name("how a digest begins", _DIGEST),
    FOOTER: Name("below posts and digests, where neither has an own footer", _MEMBER, ours=True),
    "list:member:included:footer": Name(
        "below a post of a list that includes this one, for this one's members",
        (*_MEMBER, "umbrella_listname", "umbrella_display_name"),
        ours=True,
    ),
    "list:member:regular:footer": Name("below a post", _MEMBER, FOOTER),
    "list:member:regular:header": Name("above a post", _MEMBER),
    "list:user:action:invite": Name("an invitation to join", _CONFIRM),
    "list:user:action:subscribe": Name("please confirm that you want to join", _CONFIRM),
    "list:user:action:unsubscribe": Name("please confirm that you want to leave", _CONFIRM),
    "list:user:notice:goodbye": Name("you have left", ("user_name", "user_email")),
    "list:user:notice:hold": Name("your post is held", (*_POST, "token")),
    "list:user:notice:no-more-today": Name("no more notices today", ("count", "sender_email")),
    "list:user:notice:post": Name("your post has gone out", ("subject",)),
    "list:user:notice:probe": Name("does our mail reach you", ("sender_email",)),
    "list:user:notice:refuse": Name("your request was refused", ("request", "reason")),
    "list:user:notice:rejected": Name("your post was refused", _POST),
    "list:user:notice:warning": Name("delivery to you is switched off", ("sender_email", *_CONFIRM)),
    "list:user:notice:welcome": Name("you have joined", ("user_name", "user_email")),
}
