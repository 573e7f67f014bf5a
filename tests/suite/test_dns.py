"""The one resolver: what is there, what is not, and what cannot be known now."""

import pytest

from suite.common.dns import DnsTrouble, txt
from tests.support.dns import dns_server


def test_records_come_with_their_strings_joined_and_are_asked_for_once() -> None:
    long = "v=DKIM1; p=" + "A" * 400
    with dns_server({"a.example.org": [long, "other"]}) as server:
        assert sorted(txt("a.example.org")) == [b"other", long.encode()]
        assert sorted(txt("A.example.org.")) == [b"other", long.encode()]
        assert server.questions == ["a.example.org"]


def test_what_is_not_there_is_no_trouble() -> None:
    with dns_server({}):
        assert txt("nobody.example.org") == []
        assert txt("x" * 64 + ".example.org") == []
        assert txt("a..example.org") == []


def test_a_server_in_trouble_and_a_silent_one_are_trouble() -> None:
    with dns_server({}, seconds=0.3, broken={"broken.example.org"}, silent={"silent.example.org"}):
        for name in ("broken.example.org", "silent.example.org"):
            with pytest.raises(DnsTrouble, match=name):
                txt(name)
