import pytest
from hypothesis import given
from hypothesis import strategies as st

from suite.mail import charsets


@pytest.mark.parametrize(
    ("data", "charset", "expected"),
    [
        ("Grüße".encode(), "", "Grüße"),
        ("Grüße".encode(), "us-ascii", "Grüße"),
        ("Grüße".encode(), "utf8", "Grüße"),
        ("Grüße".encode(), '"UTF-8"', "Grüße"),
        ("Grüße".encode("latin-1"), "", "Grüße"),
        ("Grüße".encode("latin-1"), "iso-8859-1", "Grüße"),
        ("Grüße".encode("latin-1"), "us-ascii", "Grüße"),
        ("Grüße".encode("latin-1"), "utf-8", "Gr\ufffd\ufffde"),
        ("Grüße".encode("latin-1"), "x-unknown", "Grüße"),
        (b"\x93quoted\x94", "iso-8859-1", "“quoted”"),
        (b"\x81", "iso-8859-1", "\x81"),
        ("中国".encode("gbk"), "gb2312", "中国"),
        ("안녕".encode("cp949"), "ks_c_5601-1987", "안녕"),
        ("日本".encode("iso-2022-jp"), "ISO-2022-JP", "日本"),
        ("日本".encode("cp932"), "x-sjis", "日本"),
        ("Привет".encode("koi8-r"), "koi8-r", "Привет"),
        ("Grüße".encode(), "gb2312", "Gr眉脽e"),
        (b"abc", "rot13", "abc"),
        (b"abc", "zlib", "abc"),
        (b"YWJj", "base64", "YWJj"),
        (b"\\u0041", "unicode_escape", "\\u0041"),
        (b"+2AA-", "utf-7", "\ufffd"),
        (b"abc", "a\0b", "abc"),
        (b"abc", "x" * 100_000, "abc"),
        (b"abc", "ü", "abc"),
    ],
)
def test_to_text(data: bytes, charset: str, expected: str) -> None:
    assert charsets.to_text(data, charset) == expected


@given(
    st.binary(max_size=60),
    st.sampled_from(
        ["", "utf-8", "utf-7", "utf-16", "utf-32", "iso-2022-jp", "hz", "gb18030", "big5", "idna", "punycode", "x"]
    ),
)
def test_any_bytes_become_text_that_can_be_stored(data: bytes, charset: str) -> None:
    charsets.to_text(data, charset).encode("utf-8")
