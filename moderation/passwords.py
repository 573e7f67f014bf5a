"""The moderators' password as a letter shows it."""

from enum import Enum

from django.contrib.auth.hashers import check_password

from lists.models import MailingList
from moderation.approved import approved_marks
from suite.mail.parse import Parsed

GUESSES = 3
"""Different passwords of one letter that are tried: hashing is slow on purpose, and a letter is no place to guess."""


class Approval(Enum):
    """What a letter shows: no password, the right one, or nothing but wrong ones."""

    NONE = "none"
    RIGHT = "right"
    WRONG = "wrong"


def approval(parsed: Parsed, mlist: MailingList) -> Approval:
    """Whether `Approved: ...` stands in its header or as the first line of a text, with the list's password.

    Slow where something stands there: never inside a transaction.
    """
    passwords = list(dict.fromkeys(mark.password for mark in approved_marks(parsed)))[:GUESSES]
    if not passwords:
        return Approval.NONE
    known = mlist.moderator_password
    return Approval.RIGHT if known and any(check_password(word, known) for word in passwords) else Approval.WRONG
