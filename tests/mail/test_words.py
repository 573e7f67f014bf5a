import pytest
from hypothesis import given
from hypothesis import strategies as st

from suite.mail import words

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=120)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", "plain"),
        ("  two  spaces ", "two  spaces"),
        ("=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("=?UTF-8?Q?Gr=C3=BC=C3=9Fe_an_alle?=", "Grüße an alle"),
        ("=?utf-8?b?R3LDvMOfZQ==?=", "Grüße"),
        ("=?utf-8?b?R3LDvMOfZQ?=", "Grüße"),
        ("=?iso-8859-1?q?Gr=FC=DFe?=", "Grüße"),
        ("=?iso-8859-1*de?q?Gr=FC=DFe?=", "Grüße"),
        ("=?windows-1252?q?=80?=", "€"),
        ("=?iso-2022-jp?b?GyRCRnxLXBsoQg==?=", "日本"),
        ("=?gb2312?b?1tC5+g==?=", "中国"),
        ("=?koi8-r?b?8NLJ18XU?=", "Привет"),
        ("=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),
        ("=?utf-8?q?a?=\r\n =?utf-8?q?b?=", "ab"),
        ("=?utf-8?q?=C3?= =?utf-8?q?=BC?=", "ü"),
        ("=?utf-8?q?a?= x =?utf-8?q?b?=", "a x b"),
        ("=?utf-8?q?a?= =?iso-8859-1?q?=FC?=", "aü"),
        ("Re: =?utf-8?q?=C3=BC?=berall", "Re: überall"),
        ("=?utf-8?q?with spaces inside?=", "with spaces inside"),
        ("=?nonsense?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("=?nonsense?q?Gr=FC=DFe?=", "Grüße"),
        ("=?rot13?q?abc?=", "abc"),
        ("=?idna?q?xn--?=", "xn--"),
        ("=?utf-7?q?+2AA-?=", "\ufffd"),
        ("=?utf-8?x?abc?=", "=?utf-8?x?abc?="),
        ("=?utf-8?q?unclosed", "=?utf-8?q?unclosed"),
        ("=??q?abc?=", "=??q?abc?="),
        ("folded\r\n value", "folded value"),
        ("folded\n\tvalue", "folded value"),
        ("=?utf-8?q?hi=0D=0ABcc:_x?=", "hi Bcc: x"),
        ("=?utf-8?q?nul=00?=", "nul"),
    ],
)
def test_decode(value: str, expected: str) -> None:
    assert words.decode(value) == expected
    assert words.decode(value.encode()) == expected


def test_raw_eight_bit() -> None:
    assert words.decode("Grüße".encode()) == "Grüße"
    assert words.decode("Grüße".encode("latin-1")) == "Grüße"
    assert words.decode(b"\x81\xfc") == "\x81ü"


@pytest.mark.parametrize(("count", "raw"), [(199, 0), (200, 0), (201, 1), (50_000, 49_800)])
def test_words_over_the_limit_are_shown_raw(count: int, raw: int) -> None:
    decoded = words.decode(" ".join(["=?utf-8?q?a?="] * count))
    assert decoded.count("=?utf-8?q?a?=") == raw
    assert decoded.startswith("a" * min(count, 200))


@pytest.mark.parametrize(
    "value", ["=?" * 65_000, "=?a*" * 32_000, "=?u?q?" * 22_000, "=?u?b?" * 22_000, "a" * 130_000, "\r\n " * 43_000]
)
def test_long_hostile_values_come_back_as_they_are(value: str) -> None:
    assert words.decode(value) == value.replace("\r\n", "").strip()


@given(TEXT, st.integers(min_value=0, max_value=80))
def test_encoded_words_read_back(text: str, first: int) -> None:
    encoded = words.encode(text, first)
    assert all(word.isascii() and len(word) <= 75 for word in encoded)
    assert words.decode(" ".join(encoded), limit=1_000) == text.strip(" ")


@given(st.binary(max_size=200))
def test_decode_never_raises_and_leaves_no_controls(value: bytes) -> None:
    text = words.decode(b"=?utf-8?q?" + value + b"?= =?utf-7?b?" + value + b"?=")
    assert not any(character < " " and character != "\t" for character in text)
    text.encode()


@pytest.mark.parametrize("data", [b"YWJj", b"YWJj\r\n", b"Y W J j", b"YWJj!!", b"YWJjZ", b"YWJj\r\n=="])
def test_base64_as_it_is_found(data: bytes) -> None:
    assert words.decode_base64(data) == b"abc"


def test_base64_ends_at_its_padding() -> None:
    assert words.decode_base64(b"YWI=\r\n____\r\nsome footer that a gateway added\r\n") == b"ab"
