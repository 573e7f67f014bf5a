import pytest

from suite.mail.html_text import html_to_text


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("", ""),
        ("just text", "just text"),
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("one<br>two<BR/>three", "one\ntwo\nthree"),
        ("<div>one</div><div>two</div>", "one\ntwo"),
        ("a  b\n c&nbsp;d &amp; &lt;e&gt; &#228; &euro;", "a b c d & <e> ä €"),
        ("<ul><li>one<li>two</ul>", "- one\n- two"),
        ("<blockquote>one<blockquote>two</blockquote></blockquote>three", "> one\n\n> > two\n\nthree"),
        ('<a href="https://example.org/?a=1&amp;b=2">here</a>', "here <https://example.org/?a=1&b=2>"),
        ('<a href="https://example.org/">https://example.org</a>', "https://example.org"),
        ("<a href=mailto:anne@example.org>Anne</a>", "Anne <anne@example.org>"),
        ("<a href='javascript:alert(1)'>here</a>", "here"),
        ('<a href="data:text/html,x">here</a>', "here"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ('<img src="https://example.org/x.png" alt="A cat">', "[A cat]"),
        ('<img src="https://example.org/x.png">', ""),
        ("<table><tr><td>a<td>b</tr><tr><td>c</table>", "a b\nc"),
        ("<head><title>no</title><style>p{}</style></head>yes", "yes"),
        ("<script>if (a < b) alert('</p>')</script>yes", "yes"),
        ("<script>never closed", ""),
        ("<!-- no <p> -->yes", "yes"),
        ("<!doctype html><?xml x?>yes", "yes"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"),
        ('<p title="a > b">yes</p>', "yes"),
        ("<p class=it's>yes</p>", "yes"),
        ("</p></blockquote></pre>yes", "yes"),
        ("<hr>yes", "----\nyes"),
    ],
)
def test_html_to_text(markup: str, expected: str) -> None:
    assert html_to_text(markup) == expected


@pytest.mark.parametrize(
    "piece",
    [
        "<div>",
        "<blockquote>",
        "<a href=x>",
        '<a x="',
        "<a href=",
        "<!--",
        "<!",
        "<script",
        "&#",
        "<",
        "<b><i>",
        "<table>",
    ],
)
def test_hostile_markup_is_read_to_its_end(piece: str) -> None:
    assert len(html_to_text(piece * 100_000)) <= len(piece) * 100_000
