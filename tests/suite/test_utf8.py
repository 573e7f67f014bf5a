"""What a request calls its encoding, at the site's own door."""

from collections.abc import Iterable
from typing import Any

import pytest
from django.test import RequestFactory

from suite.common.utf8 import utf8_alone
from suite.wsgi import application


@pytest.mark.parametrize("charset", ["hex", "zlib", "undefined", "idna", '"utf-16"', "a\0b", "none"])
def test_no_name_of_an_encoding_breaks_a_page(charset: str) -> None:
    environ: dict[str, Any] = RequestFactory().get("/robots.txt", {"q": "é"}).environ
    environ["CONTENT_TYPE"] = f"text/plain; charset={charset}"
    said: list[str] = []

    answer: Any = application(environ, lambda status, *rest: said.append(status))

    answer.close()
    assert said == ["200 OK"]


@pytest.mark.parametrize(
    ("kind", "left"),
    [
        ("application/json", "application/json"),
        ("application/json;charset=hex", "application/json"),
        ("multipart/form-data ; Charset = x; boundary=charset", "multipart/form-data; boundary=charset"),
        ("text/plain; charset*=utf-8''hex", "text/plain"),
        ("text/plain; charset=x; charset=y", "text/plain"),
        ("", ""),
    ],
)
def test_what_is_left_of_a_type(kind: str, left: str) -> None:
    def echo(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return [environ["CONTENT_TYPE"].encode()]

    [seen] = utf8_alone(echo)({"CONTENT_TYPE": kind}, lambda *_: None)
    assert seen.decode() == left
