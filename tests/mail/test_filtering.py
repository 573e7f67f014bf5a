"""Parts taken out of letters: which go, what becomes of their multiparts, and that all else keeps its bytes."""

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suite.mail import anonymity, wire
from suite.mail.content import body_text
from suite.mail.filtering import Filtered, Policy, describe, filter_letter
from suite.mail.html_plain import HtmlToPlain
from suite.mail.parse import parse
from tests.mail import test_corpora
from tests.mail.trees import leaf, letter, multipart, outline
from tests.support.requires import needs_corpora

TEXT = leaf("text/plain", "Hello.")
HTML = leaf("text/html", "<p>Hello.</p>")
IMAGE = leaf(
    "image/png", "iVBORw0KGgo=", "Content-Transfer-Encoding: base64", "Content-Disposition: attachment; filename=a.png"
)
SIGNATURE = leaf("application/pgp-signature", "-----BEGIN PGP SIGNATURE-----")
IMAGES = Policy(filter_types=frozenset({"image"}))
COLLAPSE = Policy(collapse_alternatives=True)


def named(name: str, content_type: str = "application/octet-stream") -> bytes:
    return leaf(content_type, "data", f'Content-Disposition: attachment; filename="{name}"')


def enclosing(part: bytes) -> bytes:
    return leaf("message/rfc822", letter(part))


def filtered(raw: bytes, policy: Policy) -> Filtered:
    parsed = parse(raw)
    assert parsed.structure is not None
    return filter_letter(raw, parsed.structure, parsed.headers, parsed.body, policy)


def result(raw: bytes, policy: Policy) -> bytes:
    found = filtered(raw, policy)
    assert found.refused == ""
    return found.headers.to_bytes() + found.body


# --- types and extensions ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "policy", "left"),
    [
        (multipart("mixed", TEXT, IMAGE, HTML), IMAGES, "mixed(plain html)"),
        (multipart("mixed", TEXT, IMAGE, HTML), Policy(filter_types=frozenset({"image/png"})), "mixed(plain html)"),
        (multipart("mixed", TEXT, IMAGE, HTML), Policy(filter_types=frozenset({"image/gif"})), "mixed(plain png html)"),
        (multipart("mixed", TEXT, IMAGE), IMAGES, "plain"),
        (multipart("mixed", TEXT, IMAGE, HTML), Policy(pass_types=frozenset({"multipart", "text"})), "mixed(plain html)"),
        (multipart("mixed", TEXT, IMAGE), Policy(pass_types=frozenset({"multipart/mixed", "text/plain"})), "plain"),
        (multipart("mixed", TEXT, multipart("related", IMAGE, IMAGE)), IMAGES, "plain"),
        (multipart("mixed", TEXT, multipart("related", HTML, IMAGE)), IMAGES, "mixed(plain html)"),
        (multipart("mixed", TEXT, leaf("message/rfc822", "\r\n" + "x")), Policy(filter_types=frozenset({"message"})), "plain"),
        (multipart("digest", b"\r\nSubject: a\r\n\r\nb", IMAGE), IMAGES, "rfc822(plain)"),
    ],
)  # fmt: skip
def test_parts_go_by_type(raw: bytes, policy: Policy, left: str) -> None:
    assert outline(result(letter(raw), policy)) == left


@pytest.mark.parametrize(
    ("name", "policy", "stays"),
    [
        ("virus.exe", Policy(filter_extensions=frozenset({"exe"})), False),
        ("VIRUS.EXE", Policy(filter_extensions=frozenset({"exe"})), False),
        ("virus.exe. ", Policy(filter_extensions=frozenset({"exe"})), False),
        (".exe", Policy(filter_extensions=frozenset({"exe"})), False),
        ("=?utf-8?q?virus=2Eexe?=", Policy(filter_extensions=frozenset({"exe"})), False),
        ("exe", Policy(filter_extensions=frozenset({"exe"})), True),
        ("notes.exe/readme", Policy(filter_extensions=frozenset({"exe/readme"})), True),
        ("notes.txt", Policy(filter_extensions=frozenset({"exe"})), True),
        ("notes.txt", Policy(pass_extensions=frozenset({"txt", "pdf"})), True),
        ("notes.doc", Policy(pass_extensions=frozenset({"txt", "pdf"})), False),
        ("README", Policy(pass_extensions=frozenset({"txt"})), True),
    ],
)
def test_parts_go_by_extension(name: str, policy: Policy, stays: bool) -> None:
    raw = letter(multipart("mixed", TEXT, named(name)))

    assert outline(result(raw, policy)) == ("mixed(plain octet-stream)" if stays else "plain")


def test_the_name_in_the_type_counts_too() -> None:
    part = leaf(
        'application/octet-stream; name="virus.exe"', "x", "Content-Disposition: attachment; filename=notes.txt"
    )
    policy = Policy(filter_extensions=frozenset({"exe"}))

    assert outline(result(letter(multipart("mixed", TEXT, part)), policy)) == "plain"


@pytest.mark.parametrize(
    ("raw", "policy", "why"),
    [
        (IMAGE, IMAGES, "content type was explicitly disallowed"),
        (HTML, Policy(pass_types=frozenset({"text/plain"})), "content type was not explicitly allowed"),
        (multipart("mixed", TEXT), Policy(pass_types=frozenset({"text/plain"})), "content type was not explicitly allowed"),
        (named("a.exe"), Policy(filter_extensions=frozenset({"exe"})), "file extension was explicitly disallowed"),
        (named("a.exe"), Policy(pass_extensions=frozenset({"txt"})), "file extension was not explicitly allowed"),
        (multipart("mixed", IMAGE, multipart("related", IMAGE)), IMAGES, "nothing of the message was left"),
    ],
)  # fmt: skip
def test_a_letter_may_be_refused_as_a_whole(raw: bytes, policy: Policy, why: str) -> None:
    assert why in filtered(letter(raw), policy).refused


# --- what becomes of the multiparts -----------------------------------------------------------------------------------


def test_a_recast_letter_has_the_content_fields_of_its_last_part_and_else_its_own() -> None:
    text = leaf(
        "text/plain; charset=iso-8859-1", "Gr=FC=DFe", "Content-Transfer-Encoding: quoted-printable", "X-Part: a"
    )
    raw = letter(multipart("mixed", text, IMAGE))

    assert result(raw, IMAGES) == (
        b"From: bart@example.com\r\nX-Odd:   kept \r\nMIME-Version: 1.0\r\n"
        b"Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n"
        b"\r\nGr=FC=DFe\r\n"
    )


@pytest.mark.parametrize(
    ("raw", "left"),
    [
        (multipart("signed", TEXT, SIGNATURE), "signed(plain)"),
        (multipart("mixed", multipart("signed", TEXT, SIGNATURE), IMAGE), "signed(plain)"),
        (multipart("mixed", TEXT, enclosing(multipart("mixed", HTML, SIGNATURE))), "mixed(plain rfc822(html))"),
    ],
)  # fmt: skip
def test_signed_and_enclosed_letters_are_not_recast(raw: bytes, left: str) -> None:
    policy = Policy(filter_types=frozenset({"application/pgp-signature", "image"}))
    assert outline(result(letter(raw), policy)) == left


def test_an_enclosed_letter_of_which_nothing_is_left_goes() -> None:
    raw = letter(multipart("mixed", TEXT, enclosing(IMAGE)))

    assert outline(result(raw, IMAGES)) == "plain"


def test_parts_that_stay_keep_their_bytes() -> None:
    odd = b"--x\r\nX-Odd:  a\r\n\tb\r\n\r\nText with blanks   \r\nand\xff\x80 eight bits\r\nlone\nlf"
    head = b'Content-Type: multipart/mixed; boundary="x"\r\n\r\npreamble\r\n'
    raw = letter(b"\r\n--x\r\n".join([head + odd, IMAGE, HTML + b"\r\n--x--\r\nepilogue\r\n"]))

    assert result(raw, IMAGES) == raw.replace(b"\r\n--x\r\n" + IMAGE, b"")


@pytest.mark.parametrize(
    "raw",
    [
        letter(multipart("mixed", TEXT, HTML)),
        letter(multipart("mixed", TEXT)),
        letter(multipart("alternative", TEXT)),
        letter(multipart("signed", multipart("alternative", TEXT, HTML), SIGNATURE)),
        letter(multipart("encrypted", leaf("application/pgp-encrypted", "Version: 1"), named("encrypted.asc"))),
        letter(b"Content-Type: multipart/mixed; boundary=x\r\n\r\nno part at all\r\n"),
        letter(b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nunclosed"),
        letter(leaf("application/pkcs7-mime; name=smime.p7m", "MIAG", "Content-Transfer-Encoding: base64")),
        b"no header at all",
        b"",
    ],
)
def test_what_needs_no_filter_is_the_very_same(raw: bytes) -> None:
    parsed = parse(raw)
    policy = Policy(
        filter_types=frozenset({"image"}), filter_extensions=frozenset({"exe", "asc"}), collapse_alternatives=True
    )
    assert parsed.structure is not None
    found = filter_letter(raw, parsed.structure, parsed.headers, parsed.body, policy)

    assert (found.headers, found.changed, found.removed) == (parsed.headers, False, ())
    assert found.body is parsed.body


# --- alternatives and HTML --------------------------------------------------------------------------------------------


@pytest.mark.feature("core.handler.mime-delete-collapse")
@pytest.mark.parametrize(
    ("raw", "left"),
    [
        (multipart("alternative", TEXT, HTML), "plain"),
        (multipart("mixed", multipart("alternative", TEXT, HTML), IMAGE), "mixed(plain png)"),
        (multipart("alternative", TEXT, multipart("related", HTML, IMAGE)), "plain"),
        (multipart("alternative", multipart("related", HTML, IMAGE), TEXT), "related(html png)"),
        (multipart("alternative", leaf("text/plain", " "), HTML), "html"),
        (multipart("alternative", leaf("text/plain", ""), leaf("text/html", "")), "plain"),
    ],
)
def test_alternatives_collapse_to_the_first_that_says_something(raw: bytes, left: str) -> None:
    assert outline(result(letter(raw), COLLAPSE)) == left
    assert result(letter(raw), Policy()) == letter(raw)


@pytest.mark.feature("core.handler.mime-delete-html")
@pytest.mark.parametrize(
    ("html", "fields", "text"),
    [
        ('<p>See <a href="https://example.com/?a=1&amp;b=2">the page</a></p>', (), "See [the page](https://example.com/?a=1&b=2)"),
        ("<p>Gr&uuml;&szlig;e</p>", (), "Grüße"),
        ("<p>Gr=FC=DFe</p>", ("Content-Transfer-Encoding: quoted-printable",), "Grüße"),
        ("<ul><li>one<li>two</ul>", (), "  * one\n  * two"),
        ("<div>" * 5000 + "deep words", (), "deep words"),
        ("<p>" + "long words " * 20_000, (), "long words " * 19_999 + "long words"),
        ("", (), ""),
    ],
)  # fmt: skip
def test_html_becomes_text(html: str, fields: tuple[str, ...], text: str) -> None:
    raw = letter(leaf("text/html; charset=iso-8859-1", html, *fields))

    parsed = parse(result(raw, Policy(to_plain=HtmlToPlain())))

    assert parsed.structure is not None
    assert parsed.structure.content_type == "text/plain"
    assert body_text(parsed) == text


@pytest.mark.feature("core.handler.mime-delete-html")
def test_html_that_cannot_be_converted_stays_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    raw = letter(leaf("text/html", "<p>word</p>" * 400_000))

    assert result(raw, Policy(to_plain=HtmlToPlain())) == raw
    assert "stays as it is" in caplog.text


def test_html_within_a_signature_stays() -> None:
    raw = letter(multipart("signed", HTML, SIGNATURE))

    assert result(raw, Policy(to_plain=HtmlToPlain())) == raw


def test_what_went_is_described() -> None:
    raw = letter(multipart("mixed", TEXT, IMAGE, named("Bericht.exe"), multipart("related", IMAGE)))
    found = filtered(raw, Policy(filter_types=frozenset({"image"}), filter_extensions=frozenset({"exe"})))

    assert describe(raw, found.removed) == (
        "image/png, a.png, 8 bytes\napplication/octet-stream, Bericht.exe, 4 bytes\nimage/png, a.png, 8 bytes\n"
    )


# --- whatever comes in ------------------------------------------------------------------------------------------------

LEAVES = st.sampled_from([TEXT, HTML, IMAGE, SIGNATURE, named("a.exe"), b"", b"--x", base64.b64encode(b"\0" * 99)])
TREES = st.recursive(
    LEAVES,
    lambda inner: st.builds(
        lambda kind, parts: multipart(kind, *parts),
        st.sampled_from(["mixed", "alternative", "related", "signed", "digest"]),
        st.lists(inner, max_size=3),
    ),
    max_leaves=12,
)
ALL = Policy(
    filter_types=frozenset({"image"}),
    filter_extensions=frozenset({"exe"}),
    collapse_alternatives=True,
    to_plain=HtmlToPlain(),
)


@given(tree=TREES)
def test_a_filtered_letter_can_be_read_and_needs_no_second_filter(tree: bytes) -> None:
    found = filtered(letter(tree), ALL)
    if not found.refused:
        again = found.headers.to_bytes() + found.body
        assert b"image/png" not in again.replace(b"boundary", b"")
        assert not filtered(
            again, Policy(filter_types=frozenset({"image"}), filter_extensions=frozenset({"exe"}))
        ).changed


@given(raw=st.binary(max_size=400))
def test_no_letter_is_too_odd(raw: bytes) -> None:
    parsed = parse(raw)
    if parsed.structure:
        filter_letter(parsed.raw, parsed.structure, parsed.headers, parsed.body, ALL)


def test_malformed_letters() -> None:
    for path in sorted((Path(__file__).parent / "data").glob("*.eml")):
        parsed = parse(path.read_bytes())
        if parsed.structure:
            found = filter_letter(parsed.raw, parsed.structure, parsed.headers, parsed.body, ALL)
            assert found.refused or parse(found.headers.to_bytes() + found.body).structure


@needs_corpora
def test_letters_of_public_collections() -> None:
    """A filter with nothing to do changes nothing; what one has taken out is out; nothing is too odd for an anonymous list."""
    policy = Policy(
        filter_types=frozenset({"image", "application"}), collapse_alternatives=True, to_plain=HtmlToPlain()
    )
    failed = {}
    for path, raw in test_corpora.letters():
        parsed = parse(wire.normalise_newlines(raw))
        if parsed.structure is None:
            continue
        idle = Policy(filter_types=frozenset({"no/such"}))
        same = filter_letter(parsed.raw, parsed.structure, parsed.headers, parsed.body, idle)
        found = filter_letter(parsed.raw, parsed.structure, parsed.headers, parsed.body, policy)
        again = filtered(found.headers.to_bytes() + found.body, Policy(filter_types=policy.filter_types))
        headers, body = anonymity.anonymous(parsed, parsed.headers.copy(), host="example.org")
        if same.body is not parsed.body or (not found.refused and again.changed) or "from" in headers:
            failed[path] = (same.changed, found.refused, again.changed, parse(headers.to_bytes() + body).oddities)
    assert failed == {}
