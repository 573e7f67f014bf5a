"""What Authentication-Results fields say, and whose they are."""

import pytest

from suite.mail import authentication_results as results
from suite.mail.headers import HeaderBlock


@pytest.mark.parametrize(
    ("value", "identity", "found"),
    [
        (b"mx.example.org; spf=pass smtp.mailfrom=a@example.com; dkim=fail", "mx.example.org", ["spf", "dkim"]),
        (b"MX.Example.org 1; none", "mx.example.org", [""]),
        (b"mx.example.org", "mx.example.org", []),
        (b'"mx.example.org" (a; comment) ; dkim/1=pass reason="x; y" header.d=e.com', "mx.example.org", ["dkim"]),
        (b"(comment) mx.example.org; dkim = pass", "mx.example.org", ["dkim"]),
        (b"; dkim=pass", "", []),
        (b"mx.example.org dkim=pass", "", []),
        (b"mx.example.org (; dkim=pass", "mx.example.org", []),
        (b"\xff\xff; dkim=pass", "\ufffd\ufffd", ["dkim"]),
        (b"", "", []),
    ],
)
def test_fields_are_read(value: bytes, identity: str, found: list[str]) -> None:
    whose, told = results.split(value)

    assert (whose, [results.method_and_result(text)[0] for text in told]) == (identity, found)


def test_properties_are_read_outside_of_comments() -> None:
    text = 'dkim=pass (header.d=evil.example) header.d=Example.org header.s="s1"'

    assert [results.prop(text, name) for name in ("header.d", "header.s", "header.i")] == ["example.org", "s1", ""]


def test_only_the_claims_of_one_service_are_removed() -> None:
    headers = HeaderBlock.parse(
        b"Authentication-Results: Lists.Example.org;\r\n dkim=pass\r\nauthentication-results: mx.example.org; spf=pass\r\n"
        b"Authentication-Results: lists.example.org (evil) 1; spf=pass\r\n"
    )

    assert results.remove_claims_of(headers, "lists.example.org") == 2
    assert headers.to_bytes() == b"authentication-results: mx.example.org; spf=pass\r\n"
