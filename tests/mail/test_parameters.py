import pytest

from suite.mail import parameters


@pytest.mark.parametrize(
    ("raw", "value", "expected"),
    [
        (None, "text/plain", {}),
        (b"text/plain", "text/plain", {}),
        (b"TEXT/HTML; Charset=UTF-8", "text/html", {"charset": "UTF-8"}),
        (b'text/plain; charset="utf-8"; format=flowed', "text/plain", {"charset": "utf-8", "format": "flowed"}),
        (b"text/plain (nice); charset=us-ascii (Plain text)", "text/plain", {"charset": "us-ascii"}),
        (b"text / plain ; charset = x", "text/plain", {"charset": "x"}),
        (b"nonsense", "text/plain", {}),
        (b"text; charset=utf-8", "text/plain", {"charset": "utf-8"}),
        (b'multipart/mixed; boundary="a;b=c"', "multipart/mixed", {"boundary": "a;b=c"}),
        (b'multipart/mixed; boundary="a\\"b"', "multipart/mixed", {"boundary": 'a"b'}),
        (b'multipart/mixed; boundary="unclosed', "multipart/mixed", {"boundary": "unclosed"}),
        (b"multipart/mixed;; boundary=a;", "multipart/mixed", {"boundary": "a"}),
        (b"application/x; name=a; name=b", "application/x", {"name": "a"}),
        (b"application/x; name*=utf-8''%C3%A4.txt", "application/x", {"name": "ä.txt"}),
        (b"application/x; name=a.txt; name*=utf-8''%C3%A4.txt", "application/x", {"name": "ä.txt"}),
        (b"application/x; name*0=one; name*1=two", "application/x", {"name": "onetwo"}),
        (b"application/x; name*1=two; name*0=one", "application/x", {"name": "onetwo"}),
        (b"application/x; name*0*=iso-8859-1'de'%E4; name*1=-%20; name*2*=%FC", "application/x", {"name": "ä-%20ü"}),
        (b"application/x; name*0=one; name*2=three", "application/x", {"name": "one"}),
        (b"application/x; name*=no-quotes%20here", "application/x", {"name": "no-quotes here"}),
    ],
)
def test_content_type(raw: bytes | None, value: str, expected: dict[str, str]) -> None:
    read = parameters.content_type(raw)
    assert (read.value, read.parameters) == (value, expected)


@pytest.mark.parametrize(
    ("raw", "value", "name"),
    [
        (None, "", ""),
        (b"attachment", "attachment", ""),
        (b'ATTACHMENT; filename="a b.txt"', "attachment", "a b.txt"),
        (b"inline; filename=a b.txt", "inline", "a b.txt"),
        (b'attachment; filename="=?utf-8?q?=C3=A4?=.txt"', "attachment", "=?utf-8?q?=C3=A4?=.txt"),
        (b"filename=a.txt", "filename=a.txt", ""),
    ],
)
def test_disposition(raw: bytes | None, value: str, name: str) -> None:
    read = parameters.disposition(raw)
    assert (read.value, read.get("filename")) == (value, name)


@pytest.mark.parametrize(
    ("content_type", "disposition", "expected"),
    [
        (b"text/plain; name=a.txt", None, "a.txt"),
        (b"text/plain; name=a.txt", b"attachment; filename=b.txt", "b.txt"),
        (b"text/plain", b'attachment; filename="=?utf-8?q?=C3=A4?=.txt"', "ä.txt"),
        (b"text/plain", "attachment; filename=ä.txt".encode(), "ä.txt"),
        (b"text/plain", "attachment; filename=ä.txt".encode("latin-1"), "ä.txt"),
        (b"text/plain", b"attachment", ""),
    ],
)
def test_file_name(content_type: bytes, disposition: bytes | None, expected: str) -> None:
    type_, disposition_ = parameters.content_type(content_type), parameters.disposition(disposition)
    assert parameters.file_name(type_, disposition_) == expected


@pytest.mark.parametrize(
    "raw", [b"; a=b" * 13_000, b'; a="' * 13_000, b"; " + b" " * 60_000, b"; a*0=" * 10_000, b"; a=" + b"(" * 60_000]
)
def test_long_hostile_values_are_read(raw: bytes) -> None:
    assert parameters.content_type(b"text/html" + raw).value == "text/html"
