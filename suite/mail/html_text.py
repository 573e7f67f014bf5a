"""HTML mail as readable text, in one pass over its tags. What comes out is text: whoever shows it escapes it."""

import re
from html import unescape

# Always matches and never looks back: what is not closed ends with the markup, as it does in browsers.
_TOKEN = re.compile(
    r"""<!--.*?(?:-->|\Z)
      | <(?P<hidden>script|style|title|template)\b.*?(?:</(?P=hidden)\s*+>|\Z)
      | <(?P<end>/?)(?P<tag>[a-z][^\s/>]*+)
         (?P<attributes>(?:[^>"'=]++|=\s*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z))?|["'])*+)(?:>|\Z)
      | <[!?/][^>]*+(?:>|\Z)
      | (?P<text>[^<]++|<)
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"""\b(href|alt)\s*+=\s*+(?:"([^"]*+)"?|'([^']*+)'?|([^\s"'>]++))""", re.IGNORECASE)
_BLOCKS = frozenset(
    {"p", "div", "br", "hr", "li", "ul", "ol", "dl", "dt", "dd", "table", "tr", "blockquote", "pre", "article"}
    | {"section", "header", "footer", "form", "center", "address", "h1", "h2", "h3", "h4", "h5", "h6"}
)
_SPACED = frozenset({"p", "ul", "ol", "dl", "table", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6"})
_SCHEMES = ("http://", "https://", "mailto:", "ftp://")
_SPACES = re.compile(r"[ \t\r\n\f\xa0]+")
_MANY_LINES = re.compile(r"\n{3,}")
_MAX_MARKUP = 4_000_000
_MAX_QUOTES = 20


def html_to_text(markup: str) -> str:
    """Words, line breaks, quotes (``> ``), list dashes, and the addresses of links behind their words.

    Time grows linearly with the markup; what is behind its first 4 million characters is left out.
    """
    reader = _Reader()
    for match in _TOKEN.finditer(markup[:_MAX_MARKUP]):
        if match["text"]:
            reader.add(unescape(match["text"]) if "&" in match["text"] else match["text"])
        elif match["tag"] and match["end"]:
            reader.end(match["tag"].lower())
        elif match["tag"]:
            reader.start(match["tag"].lower(), match["attributes"])
    return reader.text()


class _Reader:
    """The lines so far, and the line that is being written."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line: list[str] = []
        self.quotes = 0
        self.literal = 0
        self.link = ""
        self.link_start = 0

    def start(self, tag: str, attributes: str) -> None:
        if tag in _BLOCKS:
            self._end_line(spaced=tag in _SPACED, forced=tag == "br")
        match tag:
            case "blockquote":
                self.quotes += 1
            case "pre":
                self.literal += 1
            case "li":
                self.line.append("- ")
            case "hr":
                self.line.append("----")
                self._end_line()
            case "td" | "th":
                self.line.append(" ")
            case "img":
                if alternative := _attribute(attributes, "alt").strip():
                    self.line.append(f"[{alternative}]")
            case "a":
                self._end_link()
                self.link = _attribute(attributes, "href").strip()
                self.link_start = len(self.line)

    def end(self, tag: str) -> None:
        if tag == "a":
            self._end_link()
        elif tag in _BLOCKS and tag != "br":
            self._end_line(spaced=tag in _SPACED)
        if tag == "blockquote":
            self.quotes = max(0, self.quotes - 1)
        elif tag == "pre":
            self.literal = max(0, self.literal - 1)

    def add(self, data: str) -> None:
        if not self.literal:
            self.line.append(data)
            return
        first, *others = data.replace("\r\n", "\n").split("\n")
        self.line.append(first)
        for line in others:
            self._end_line(forced=True)
            self.line.append(line)

    def text(self) -> str:
        self._end_line()
        return _MANY_LINES.sub("\n\n", "\n".join(self.lines)).strip("\n")

    def _end_link(self) -> None:
        """The target behind the words, unless they say it already."""
        if self.link.lower().startswith(_SCHEMES):
            words = _SPACES.sub(" ", "".join(self.line[self.link_start :])).strip()
            address = self.link.removeprefix("mailto:")
            if address.rstrip("/") not in words:
                self.line.append(f" <{address}>")
        self.link = ""

    def _end_line(self, *, spaced: bool = False, forced: bool = False) -> None:
        text = "".join(self.line)
        text = text.rstrip() if self.literal else _SPACES.sub(" ", text).strip()
        self.line.clear()
        self.link_start = 0
        if text or forced:
            self.lines.append("> " * min(self.quotes, _MAX_QUOTES) + text)
        if spaced and self.lines and self.lines[-1]:
            self.lines.append("")


def _attribute(attributes: str, wanted: str) -> str:
    for name, *values in _ATTRIBUTE.findall(attributes):
        if name.lower() == wanted:
            return unescape("".join(values))
    return ""
