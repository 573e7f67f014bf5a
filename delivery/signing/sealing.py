"""The ARC set that we add: what we made of a letter when it came, sealed over what leaves (RFC 8617 §5.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from django.conf import settings

from suite.mail import arc
from suite.mail import authentication_results as results
from suite.mail.arc import Chain
from suite.mail.canonical import Field, relaxed_field
from suite.mail.headers import HeaderBlock
from suite.mail.signing_keys import RSA, Signer
from suite.mail.verification import Letter

DKIM = "dkim-signature"


@dataclass(frozen=True, slots=True)
class Sealer:
    """What is the same for every copy of a letter: its chain, what we found, and the key (RSA, as RFC 8617 §4.1.3 has it)."""

    letter: Letter
    signer: Signer
    chain: Chain
    told: str

    @classmethod
    def of(cls, fields: Sequence[Field], signers: Sequence[Signer]) -> Self | None:
        """None where sealing is off, where no RSA key signs, and for a letter that was not examined when it came."""
        signer = next((signer for signer in signers if signer.algorithm == RSA), None)
        if not settings.ARC or signer is None:
            return None
        letter = Letter(tuple(fields), b"")
        headers = HeaderBlock.parse(b"".join(letter.named(results.FIELD.lower())))
        found = results.results_of(headers, [settings.AUTHSERV_ID])
        states = [result for method, result in map(results.method_and_result, found) if method == "arc"]
        for chain in ("none", "pass", "fail"):
            if states[:1] == [chain]:
                return cls(letter, signer, chain, results.written(settings.AUTHSERV_ID, found))
        return None

    def fields(self, names: Sequence[str], canonical: bytes, body_hash: bytes, signatures: bytes, *, now: int) -> bytes:
        """The set for one copy. It covers what DKIM covers, and all DKIM-Signature fields, ours (`signatures`) too."""
        ours = [chunk for _, chunk in HeaderBlock.parse(signatures).raw_fields()]
        covered = [*ours, *self.letter.named(DKIM)][::-1]
        return arc.seal(
            self.letter,
            self.signer,
            chain=self.chain,
            results=self.told,
            names=[*names, *[DKIM] * len(covered)],
            signed=canonical + b"".join(map(relaxed_field, covered)),
            body_hash=body_hash,
            now=now,
        )
