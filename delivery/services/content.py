"""A rendering, ready for the wire: prepared once, filled per recipient where something differs, signed last.

For a relay without 8BITMIME it is changed into seven bits (RFC 6152 §3), and that after it was filled: encoding hides
placeholders, and values bring eight bits of their own. The signature covers what is sent (RFC 6376 §5.3).
"""

import re
from functools import cached_property

from delivery import personal
from delivery.draft import Recipient
from delivery.models import Rendering
from delivery.signing import keyfile
from delivery.signing.copies import Signatures
from delivery.smtp import Template, prepare
from lists.models import MailingList
from suite.mail.headers import split_letter
from suite.mail.sevenbit import to_seven_bit
from suite.mail.signing_keys import Signer
from suite.mail.wire import dot_unstuff


class Content:
    """The bytes of one rendering between DATA and the final dot."""

    def __init__(self, rendering: Rendering, mlist: MailingList | None, written_to: MailingList | None = None) -> None:
        """`mlist` is whose members get it and may leave; the list that was written to signs, for From may name it."""
        self._mlist = mlist
        self._signing = written_to or mlist
        self.eight_bit = rendering.eight_bit
        self.smtputf8 = rendering.smtputf8
        self._mark = rendering.mark
        self._letter = bytes(rendering.header) + _body(rendering)
        self._prepared = prepare(self._letter)

    @cached_property
    def _signers(self) -> tuple[Signer, ...]:
        """The keys of the list's domain, of the author's where no list sends: none where the domain has no key."""
        signing = self._signing
        return keyfile.signers(signing.mail_host if signing else keyfile.author_domain(self._letter))

    @cached_property
    def _names(self) -> list[str]:
        """The placeholders that stand in it."""
        found = re.findall(rb"=#" + self._mark.encode() + rb":([a-z0-9_-]+)#=", self._prepared) if self._mark else []
        return [name.decode() for name in dict.fromkeys(found)]

    @cached_property
    def _marks(self) -> list[bytes]:
        return [f"=#{self._mark}:{name}#=".encode() for name in self._names]

    @cached_property
    def _template(self) -> Template:
        return Template.cut(self._prepared, self._marks)

    @cached_property
    def _signatures(self) -> Signatures:
        return Signatures(self._letter, self._signers, self._marks)

    @cached_property
    def plain(self) -> bytes:
        """The copy that everybody gets, where nothing differs."""
        return self._signatures.fields() + self._prepared if self._signers else self._prepared

    @cached_property
    def plain_seven_bit(self) -> bytes:
        return self.plain if self._prepared.isascii() else self._in_seven_bits(self._prepared)

    def shared(self, *, seven_bit: bool = False) -> bytes:
        """The copy that all recipients of a transaction get."""
        return self.plain_seven_bit if seven_bit else self.plain

    def copy(self, recipient: Recipient, *, seven_bit: bool = False) -> list[bytes]:
        """The recipient's own copy, in segments."""
        if not self._names or self._mlist is None:
            return [self.shared(seven_bit=seven_bit)]
        values = personal.values(self._names, recipient, self._mlist)
        segments = self._template.fill(values)
        if seven_bit and not all(map(bytes.isascii, segments)):
            return [self._in_seven_bits(b"".join(segments))]
        if not self._signers:
            return segments
        return [self._signatures.fields(dict(zip(self._marks, values, strict=True))), *segments]

    def _in_seven_bits(self, prepared: bytes) -> bytes:
        header, body = to_seven_bit(*split_letter(dot_unstuff(prepared)))
        letter = header + body
        return Signatures(letter, self._signers).fields() + prepare(letter) if self._signers else prepare(letter)


def stored_octets(rendering: Rendering) -> int:
    """Its size, before anything is filled in or signed."""
    return len(rendering.header) + len(_body(rendering))


def _body(rendering: Rendering) -> bytes:
    """From the blank line on; that of the stored letter where no handler changed it."""
    if rendering.body is not None:
        return bytes(rendering.body)
    if rendering.letter is None:
        return b"\r\n"
    return split_letter(bytes(rendering.letter.raw))[1]
