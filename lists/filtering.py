"""A list's wishes about the parts of a message, as `suite.mail.filtering` wants them."""

from lists.models import MailingList
from suite.mail import filtering
from suite.mail.html_plain import HtmlToPlain


def policy(mlist: MailingList) -> filtering.Policy:
    return filtering.Policy(
        filter_types=_lower(mlist.filter_types),
        pass_types=_lower(mlist.pass_types),
        filter_extensions=_lower(mlist.filter_extensions),
        pass_extensions=_lower(mlist.pass_extensions),
        collapse_alternatives=mlist.collapse_alternatives,
        to_plain=HtmlToPlain() if mlist.convert_html_to_plaintext else None,
    )


def _lower(entries: list[str]) -> frozenset[str]:
    return frozenset(entry.lower() for entry in entries)
