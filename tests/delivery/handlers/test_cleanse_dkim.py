from typing import Any

import pytest

from tests.delivery.handlers.shaping import POST, below_trace, make_list, sends, shape, subscribe

pytestmark = pytest.mark.django_db

SIGNED = (
    b"DomainKey-Signature: a=rsa-sha1; d=example.com; b=abc=\r\n"
    b"DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=x;\r\n\tb=def=\r\n"
    b"Authentication-Results: mx.example.com; dkim=pass\r\nAuthentication-Results: mx.example.net; spf=pass\r\n"
)
NAMES = (b"domainkey-signature", b"dkim-signature", b"authentication-results")


@pytest.mark.feature("core.handler.cleanse-dkim")
@pytest.mark.parametrize(("wanted", "left"), [(False, SIGNED), (True, b"")])
@pytest.mark.parametrize("pipeline", ["default-posting-pipeline", "default-owner-pipeline"])
def test_signatures_go_where_the_site_says_so(settings: Any, wanted: bool, left: bytes, pipeline: str) -> None:
    settings.REMOVE_DKIM_HEADERS = wanted
    mlist = make_list(posting_pipeline=pipeline)
    subscribe(mlist, "anne@example.com")

    [send] = sends(shape(mlist, SIGNED + POST))

    assert below_trace(send.header).startswith(left + b"From: Bart")
    assert [name in send.header.lower() for name in NAMES] == [not wanted] * 3
