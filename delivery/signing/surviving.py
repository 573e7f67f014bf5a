"""Whether what goes out still carries its author's own proof: a DKIM signature of his domain that holds (RFC 9989 §5.3)."""

import time
from collections.abc import Iterable

from delivery.signing.authenticity import txt
from moderation import policies
from suite.mail.dmarc import is_aligned
from suite.mail.verification import Letter, check_dkim


def unproved(letter: bytes, domains: Iterable[str]) -> list[str]:
    """Those of the authors' domains for which no signature in this letter holds, aligned as their policies ask (`adkim`).

    Asks DNS for the keys, but only of signatures whose hash of the body is still right. In doubt nothing is proved.
    """
    checked = check_dkim(Letter.of(letter), txt, now=int(time.time()))
    proved = {found.domain for found in checked if found.result == "pass"}
    asked = policies.of(domains)
    return [
        domain
        for domain, policy in asked.items()
        if not any(is_aligned(name, domain, strict=policy.strict_dkim or policy.trouble) for name in proved)
    ]
