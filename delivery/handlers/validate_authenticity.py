from typing import ClassVar

from django.conf import settings

from delivery.draft import Draft
from delivery.signing import authenticity
from lists.models import MailingList
from suite.mail import authentication_results


class ValidateAuthenticity:
    """Say what we make of the letter's signatures, as the next hop may want to know (RFC 8601, RFC 8617 §5.1).

    Looks at the letter as it came in, before anything of it is changed. Fields that claim to be ours are forged (RFC 8601 §5).
    """

    name: ClassVar[str] = "validate-authenticity"
    title: ClassVar[str] = "Check the author's signatures, where the site seals mail"

    def apply(self, draft: Draft, mlist: MailingList) -> None:
        if not settings.ARC:
            return
        authentication_results.remove_claims_of(draft.headers, settings.AUTHSERV_ID)
        told = authentication_results.written(settings.AUTHSERV_ID, authenticity.examine(draft.received))
        draft.headers.prepend(authentication_results.FIELD, told)
