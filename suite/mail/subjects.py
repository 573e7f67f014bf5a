"""Subjects: a list's prefix, and what remains when replies have left their marks (RFC 5256 §2.1)."""

import re
from functools import lru_cache

NO_SUBJECT = "(no subject)"

_NUMBER = re.compile(r"%(0?\d?)d")
# Marks of a reply as mail programs write them, with a count ("Re[2]:", "Re(2):", "Re^2:") or without.
_COUNT = r"(?:\s?[\[(]\d{1,4}[\])]|[*^]\d{1,4})?"
_REPLY = re.compile(
    rf"\s*(?:re|aw|sv|vs|antw|antwort|odp|rif|ynt|atb|vá|ats|bls|απ|отв|回复|回覆|答复|返信|회신|رد|השב)\b{_COUNT}\s?[:：]\s*",
    re.IGNORECASE,
)
"""Marks of replies alone, in the languages of those who write them; letters that may stand for anything (`R:`) are none."""
_ANY_REPLY = re.compile(
    rf"\s*(?:re|aw|sv|vs|antw|antwort|odp|r|rif|rv|res|ref|ynt|atb|vá|fw|fwd|wg|tr|vb|doorst|enc|i|回复|答复|转发|返信|转寄)"
    rf"{_COUNT}\s?[:：]\s*",
    re.IGNORECASE,
)
_BLOB = re.compile(r"\s*\[[^\[\]]*\]\s*")
_TRAILER = "(fwd)"


def add_prefix(subject: str, prefix: str, number: int | None) -> str:
    """``[Dev] Re: Hi`` from ``Re: [Dev] Hi``: the prefix once and first, then one ``Re: `` for any pile of reply marks.

    ``%d`` and ``%05d`` in ``prefix`` stand for ``number``; its trailing space is kept. An empty subject becomes
    ``(no subject)``.
    """
    rest, replied = _without_marks(subject, prefix)
    return f"{render_prefix(prefix, number)}{'Re: ' if replied else ''}{rest or NO_SUBJECT}"


def render_prefix(prefix: str, number: int | None) -> str:
    return _NUMBER.sub(lambda match: "" if number is None else match.group() % number, prefix)


def strip_prefix(subject: str, prefix: str) -> str:
    """``subject`` without the list's prefix, whatever number it bears; reply marks stay."""
    pattern = _prefix_pattern(prefix)
    if pattern is None:
        return subject.strip()
    parts = [part for part in (piece.strip() for piece in pattern.split(subject)) if part]
    return " ".join(parts)


def is_reply(subject: str) -> bool:
    """Whether the subject begins with a mark of a reply or forward, in any language we know; tags are none."""
    return _ANY_REPLY.match(subject) is not None


def without_reply_marks(subject: str) -> str:
    """``subject`` without the marks of replies and forwards at its front, in any language we know; tags stay."""
    position = 0
    while mark := _ANY_REPLY.match(subject, position):
        position = mark.end()
    return subject[position:].strip()


def base_subject(subject: str) -> str:
    """What a subject and the subjects of its replies share: no reply or forward marks, no leading ``[tags]``.

    Case and inner white space are levelled. A subject of nothing but tags keeps the last one.
    """
    text = " ".join(subject.split())
    while text.lower().endswith(_TRAILER):
        text = text[: -len(_TRAILER)].rstrip()
    position = 0
    while True:
        mark = _ANY_REPLY.match(text, position) or _BLOB.match(text, position)
        if mark is None or mark.end() >= len(text):
            break
        position = mark.end()
    rest = _ANY_REPLY.sub("", text[position:]) if _ANY_REPLY.fullmatch(text, position) else text[position:]
    return rest.lower()


def _without_marks(subject: str, prefix: str) -> tuple[str, bool]:
    rest = strip_prefix(subject, prefix)
    position = 0
    while mark := _REPLY.match(rest, position):
        position = mark.end()
    return rest[position:].strip(), position > 0


@lru_cache(maxsize=1024)
def _prefix_pattern(prefix: str) -> re.Pattern[str] | None:
    """Finds the prefix with any number. One that ends in letters (``dev``) counts as such only at the very start."""
    bare = prefix.strip()
    if not bare:
        return None
    literal = [re.escape(piece) for piece in _NUMBER.sub("\0", bare).split("\0")]
    body = r"\s*+\d*+\s*+".join(literal)
    if bare[0].isalnum() or bare[-1].isalnum():
        body = rf"\A{body}(?!\w)" if bare[-1].isalnum() else rf"\A{body}"
    return re.compile(body, re.IGNORECASE)
