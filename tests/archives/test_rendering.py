"""A post's text as blocks of a page."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as some

from archives.rendering import LINKS, Block, render


def shape(blocks: list[Block]) -> list[tuple[str, list[tuple[int, str]]]]:
    return [(block.kind, [(run.level, str(run.html)) for run in block.runs]) for block in blocks]


def shown(text: str) -> str:
    return "".join(str(run.html) for block in render(text, show_addresses=True) for run in block.runs)


def test_words_quotes_and_signature() -> None:
    text = "On Monday Bart wrote:\n>> Tea?\n> Coffee.\nBoth.\n-- \nCris\n"

    assert shape(render(text, show_addresses=True)) == [
        ("text", [(0, "On Monday Bart wrote:")]),
        ("quote", [(2, "Tea?"), (1, "Coffee.")]),
        ("text", [(0, "Both.")]),
        ("signature", [(0, "-- \nCris")]),
    ]


@pytest.mark.parametrize(("lines", "folded"), [(6, False), (7, True)])
def test_long_quotes_fold(lines: int, folded: bool) -> None:
    [block] = render("> word\n" * lines, show_addresses=True)

    assert block.folded == folded


def test_a_line_that_mbox_files_mark_is_no_quote() -> None:
    assert shape(render(">From here on", show_addresses=True)) == [("text", [(0, "&gt;From here on")])]


def test_dashes_far_above_the_end_begin_no_signature() -> None:
    text = "-- \n" + "word\n" * 30

    assert [block.kind for block in render(text, show_addresses=True)] == ["text"]


@pytest.mark.parametrize(
    ("text", "html"),
    [
        (
            "See https://example.org/a?b=1&c=2.",
            'See <a href="https://example.org/a?b=1&amp;c=2" rel="nofollow noopener ugc">https://example.org/a?b=1&amp;c=2</a>.',
        ),
        (
            "(https://example.org/x_(y))",
            '(<a href="https://example.org/x_(y)" rel="nofollow noopener ugc">https://example.org/x_(y)</a>)',
        ),
        ("javascript:alert(1)", "javascript:alert(1)"),
        (
            'https://x"onmouseover=alert(1)',
            '<a href="https://x" rel="nofollow noopener ugc">https://x</a>&quot;onmouseover=alert(1)',
        ),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
    ],
)
def test_links_and_nothing_else_are_markup(text: str, html: str) -> None:
    assert shown(text) == html


HARD_WRAPPED = """\
Our plot is 400 metres from the nearest socket, with a hedge and a
barn in between. Wi-Fi gives up at the hedge. Batteries should last
from one harvest to the next.

What do you use at such distances? Here is what we have tried:
- two antennas, which was one too many for the roof of our shed
  and a mast
name        metres of wire it took        what it has cost us all
short lines
stay as they are
"""


def test_sentences_that_a_program_broke_are_joined_and_nothing_else() -> None:
    assert shown(HARD_WRAPPED).split("\n") == [
        "Our plot is 400 metres from the nearest socket, with a hedge and a barn in between. Wi-Fi gives up at the hedge."
        " Batteries should last from one harvest to the next.",
        "",
        "What do you use at such distances? Here is what we have tried:",
        "- two antennas, which was one too many for the roof of our shed",
        "  and a mast",
        "name        metres of wire it took        what it has cost us all",
        "short lines",
        "stay as they are",
    ]


def test_fields_of_a_header_keep_their_lines() -> None:
    fields = (
        "To: dev@example.org\n"
        "Message-ID: <179527014477.8994.7585205794910169105@example.com>\n"
        'Content-Type: text/plain; charset="utf-8"'
    )
    assert shown(fields).count("\n") == 2


@pytest.mark.parametrize("width", [40, 200])
def test_other_lines_are_left_alone(width: int) -> None:
    lines = "\n".join(["word " * (width // 5) + "end"] * 3)

    assert shown(lines) == lines


class Elements(HTMLParser):
    """Collects the elements of markup, with their attributes' names."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: set[tuple[str, ...]] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add((tag, *(name for name, _ in attrs)))


PIECES = [*"<>&\"'`=/: \n@%-", "http://", "https://a", "<img src=x onerror=alert(1)>", "-- \n", "\u202e", "x"]
HOSTILE = some.lists(some.sampled_from(PIECES), max_size=40).map("".join)


@given(HOSTILE)
def test_whatever_is_written_only_links_are_elements(text: str) -> None:
    elements = Elements()
    for block in render(text, show_addresses=True):
        for run in block.runs:
            elements.feed(str(run.html))

    assert elements.found <= {("a", "href", "rel")}


@given(some.text("> abc\n-", max_size=200))
def test_no_word_is_lost(text: str) -> None:
    kept = [
        char for block in render(text, show_addresses=True) for run in block.runs for char in run.html if char in "abc"
    ]

    assert kept == [char for char in text if char in "abc"]


def test_addresses_are_masked_for_outsiders_in_quotes_and_links_too() -> None:
    text = "bart@example.com\n> cris@example.com\nhttps://example.org/?to=dora@example.com\n-- \nanne@example.com"

    html = "".join(str(run.html) for block in render(text, show_addresses=False) for run in block.runs)

    assert "@example" not in html


def test_links_end_somewhere() -> None:
    assert shown("https://example.org/ " * (LINKS + 5)).count("<a ") == LINKS


MEGABYTE = {
    "marks": "> " * 500_000,
    "angles": ">" * 1_000_000,
    "lines": "\n" * 1_000_000,
    "quoted lines": ">\n" * 500_000,
    "changing levels": ">a\n>>a\n" * 140_000,
    "links": "http://a " * 110_000,
    "one link": "http://" + "a" * 1_000_000,
    "brackets": "http://a" + ")" * 1_000_000,
    "at signs": "a@" * 500_000,
    "percent": "a%40" * 250_000,
    "spaces": " " * 1_000_000,
    "signatures": "-- \n" * 250_000,
    "markup": "<" * 1_000_000,
}


@pytest.mark.parametrize("name", MEGABYTE)
def test_a_megabyte_of_anything_is_shown(name: str) -> None:
    """Each would take hours if time grew with the square of the length."""
    text = MEGABYTE[name]

    blocks = render(text, show_addresses=False)

    assert all(len(run.html) <= 5 * len(text) for block in blocks for run in block.runs)
