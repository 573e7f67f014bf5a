"""RFC 2034, RFC 3463: enhanced codes agree with basic ones."""

import re

import pytest

from delivery.lmtp import replies

ALL = {name: value for name, value in vars(replies).items() if name.isupper()}
WITHOUT_ENHANCED_CODE = {"GREETING", "GO_AHEAD"}  # RFC 2034 §3: 220 and 354 have none


@pytest.mark.parametrize("name", ALL.keys() - WITHOUT_ENHANCED_CODE)
def test_enhanced_code_agrees_with_the_basic_one(name: str) -> None:
    found = re.fullmatch(r"([245])\d\d ([245])\.\d\.\d [ -~]{2,80}", ALL[name])

    assert found
    assert found[1] == found[2]


def test_no_reply_reveals_what_we_are_made_of() -> None:
    assert not re.search(
        r"(?i)python|django|aiosmtpd|sqlite|postgres|traceback|/", "".join(ALL.values()).replace("]", "")
    )
