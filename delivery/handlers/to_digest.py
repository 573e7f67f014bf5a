from typing import ClassVar

from django.conf import settings

from delivery.draft import Digest, Draft
from lists.models import MailingList
from suite.mail import digests

WAYS_OUT = {"list-unsubscribe", "list-unsubscribe-post"}
"""Fields that are one recipient's own."""


class ToDigest:
    """Collect the post for the list's next digest: what is published, with the prefix, without what later handlers add.

    What speaks to one recipient stands behind it or is left out, for a digest speaks to many. Members of an included list have
    it in that list's digest.
    """

    name: ClassVar[str] = "to-digest"
    title: ClassVar[str] = "Collect the post for the next digest"

    def apply(self, draft: Draft, mlist: MailingList) -> None:
        groups = [group for group in draft.gathered if group.readers]
        if mlist.digests_enabled or groups:
            wanted = {*settings.MIME_DIGEST_KEEP_HEADERS, *settings.PLAIN_DIGEST_KEEP_HEADERS}
            header = digests.kept(draft.headers, {name.lower() for name in wanted} - WAYS_OUT).to_bytes()
            if mlist.digests_enabled:
                draft.intents.append(Digest(draft.kept, header, tuple(draft.readers)))
            draft.intents += [Digest(draft.kept, header, tuple(group.readers), group.mlist) for group in groups]
