from typing import ClassVar

from django.conf import settings

from lists.filtering import policy
from lists.models import MailingList
from moderation.candidates import Candidate
from moderation.verdicts import Hit
from suite.mail.filtering import filter_letter


class MaxSize:
    """The letter as it came is larger than the list's limit, which is in kilobytes of 1024 bytes.

    Where the site says so (MAX_SIZE_AFTER_FILTERING), what the list's filter takes out anyway is not counted.
    """

    name: ClassVar[str] = "max-size"
    title: ClassVar[str] = "The message is too large"

    def check(self, letter: Candidate, mlist: MailingList) -> Hit | None:
        limit = mlist.max_message_size
        if not limit or letter.size <= limit * 1024:
            return None
        octets = _filtered(letter, mlist) if settings.MAX_SIZE_AFTER_FILTERING else letter.size
        if octets <= limit * 1024:
            return None
        size = -(-octets // 1024)
        return Hit(
            f"The message has {size} KB; the list's limit is {limit} KB.",
            f"Your message has {size} KB, attachments included; this list takes {limit} KB.",
        )


def _filtered(letter: Candidate, mlist: MailingList) -> int:
    """Bytes that the list's filter leaves; all of them where it leaves nothing, for that is the filter's own matter."""
    parsed = letter.parsed
    if not mlist.filter_content or parsed.structure is None:
        return letter.size
    found = filter_letter(parsed.raw, parsed.structure, parsed.headers, parsed.body, policy(mlist))
    return len(found.headers.to_bytes()) + len(found.body)
