"""HTML as the plain text that takes its place in a letter: laid out, tables too, links written out."""

import re

from inscriptis import get_text
from inscriptis.model.config import ParserConfig

from suite.mail.html_text import html_to_text

_LAID_OUT = 100_000
"""Characters of markup that are laid out in one letter; what is more is read in one pass, whatever it holds."""
_MOST = 4_000_000
_NO_LETTERS = re.compile(r"[\W_]+")
_CONFIG = ParserConfig(display_links=True, display_images=True)


class HtmlToPlain:
    """A converter for the parts of one letter. Layout can take long where somebody wants that, so there is only so much of it."""

    def __init__(self) -> None:
        self.room = _LAID_OUT

    def __call__(self, markup: str) -> str:
        """The words in their order, lines ended by LF, `[words](address)` for links.

        The layout engine gives up where elements are nested deeply, so its answer counts only if it has (nearly) all letters
        that a plain reading finds. Raises ValueError for markup of which words would be lost, over 4 million characters.
        """
        if len(markup) > _MOST:
            raise ValueError(f"{len(markup)} characters of HTML are too many")
        words = html_to_text(markup)
        self.room -= len(markup)
        if self.room < 0:
            return _ended(words)
        laid_out = get_text(markup, _CONFIG)
        return _ended(laid_out if _letters(laid_out) * 20 >= _letters(words) * 19 else words)


def _letters(text: str) -> int:
    return len(_NO_LETTERS.sub("", text))


def _ended(text: str) -> str:
    """No blanks at line ends, no empty lines around."""
    return "\n".join(line.rstrip() for line in text.strip("\r\n").splitlines()) + "\n"
