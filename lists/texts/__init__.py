"""The texts of our mails as they are built in: a folder for each language, a file for each mail, `$name` where a value stands.

A file `list.user.notice.hold.txt` is the mail `list:user:notice:hold`: a line `Subject: ...`, an empty line, the text. What is
put above and below posts has no subject and begins with its text. Pure data: which text a mail gets is `lists.wording`'s.
"""

from functools import cache
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
LANGUAGES = ("en", "de", "fr", "es")
"""Complete ones: each has every mail (a test compares)."""


class Text(NamedTuple):
    """Subject (one line; empty where the text is no mail of its own) and body, in one language."""

    subject: str
    body: str


@cache
def built_in(language: str) -> dict[str, Text]:
    """Name -> text. Empty for a language that we do not have."""
    if language not in LANGUAGES:
        return {}
    return {path.stem.replace(".", ":"): _read(path) for path in sorted((HERE / language).glob("*.txt"))}


def _read(path: Path) -> Text:
    whole = path.read_text(encoding="utf-8")
    if not whole.startswith("Subject: "):
        return Text("", whole)
    subject, _, body = whole.partition("\n")
    return Text(subject.removeprefix("Subject: "), body.removeprefix("\n"))
