"""What we make of who a letter says it is from: signatures, ARC chain and DMARC, as Authentication-Results tell it (RFC 8601).

Asks DNS, so never inside a transaction. SPF is the border's matter: it alone has seen the client. What it found counts where
its authserv-id is trusted (settings.TRUSTED_AUTHSERV_IDS), and from nobody else.
"""

import re
import time
from collections.abc import Sequence

from django.conf import settings

from moderation import policies
from suite.common import dns
from suite.mail import addresses, arc
from suite.mail import authentication_results as results
from suite.mail.dmarc import is_aligned
from suite.mail.headers import HeaderBlock
from suite.mail.signing_keys import ALGORITHMS
from suite.mail.verification import Checked, KeyTrouble, Letter, check_dkim

_DOMAIN = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_SELECTOR = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
_BORDER = ("spf", "iprev", "auth")
"""What only the border can have found out."""


def examine(raw: bytes) -> list[str]:
    """The results for a letter as it came in, in the order in which they are told."""
    letter = Letter.of(raw)
    headers = HeaderBlock.parse(b"".join(chunk for _, chunk in letter.fields))
    trusted = [text for text in results.results_of(headers, settings.TRUSTED_AUTHSERV_IDS) if text.isascii()]
    signatures = check_dkim(letter, txt, now=int(time.time()))
    chain, why = arc.validate(letter, txt)
    return [
        f"arc={chain}{f' ({why})' if why else ''}",
        *(text for text in trusted if results.method_and_result(text)[0] in _BORDER),
        *(map(_told, signatures) if signatures else ["dkim=none"]),
        _dmarc(headers, signatures, trusted),
    ]


def txt(name: str) -> list[bytes]:
    """Keys from DNS, as `suite.mail.verification` wants them."""
    try:
        return dns.txt(name)
    except dns.DnsTrouble as error:
        raise KeyTrouble(str(error)) from error


def _told(found: Checked) -> str:
    """Domain and selector are the sender's words, so they are repeated only where they can mean nothing else."""
    text = f"dkim={found.result}" + (f" ({found.reason})" if found.reason else "")
    if _DOMAIN.fullmatch(found.domain):
        text += f" header.d={found.domain}"
    if _SELECTOR.fullmatch(found.selector):
        text += f" header.s={found.selector}"
    return text + (f" header.a={found.algorithm}" if found.algorithm in ALGORITHMS else "")


def _dmarc(headers: HeaderBlock, signatures: Sequence[Checked], trusted: Sequence[str]) -> str:
    """RFC 9989 §5.3, aligned as the policy asks; what the border says of it, which knows SPF, comes first."""
    for text in trusted:
        if results.method_and_result(text)[0] == "dmarc":
            return text
    authors = addresses.authors(headers)
    domain = addresses.wire_domain(authors[0].address) if authors else ""
    if not _DOMAIN.fullmatch(domain):
        return "dmarc=permerror"
    policy = policies.of([domain])[domain]
    if policy.trouble:
        return f"dmarc=temperror header.from={domain}"
    if not policy.source:
        return f"dmarc=none header.from={domain}"
    proved = [(found.domain, policy.strict_dkim) for found in signatures if found.result == "pass"]
    for text in trusted:
        match results.method_and_result(text):
            case ("dkim", "pass"):
                name = results.prop(text, "header.d") or results.prop(text, "header.i").rpartition("@")[2]
                proved.append((name, policy.strict_dkim))
            case ("spf", "pass"):
                proved.append((results.prop(text, "smtp.mailfrom").rpartition("@")[2], policy.strict_spf))
    aligned = any(is_aligned(name, domain, strict=strict) for name, strict in proved if name)
    return f"dmarc={'pass' if aligned else 'fail'} header.from={domain}"
