"""/lists/X/digest: a list's digests, sent and counted by a script."""

import pytest

from delivery.models import DigestIssue
from lists.models import MailingList
from tests.support.api import Api
from tests.support.digests import MIME, deliver, post
from tests.support.factories import make_list, make_member

DIGEST = "lists/dev.example.org/digest"


@pytest.fixture(autouse=True)
def dev(db: None) -> MailingList:
    """One post waits for the next issue; bart@example.com takes digests."""
    mlist = make_list("dev", digest_size_threshold=0)
    make_member(mlist, "bart@example.com", **MIME)
    post("Tea")
    return mlist


def standing(api: Api) -> tuple[int, int]:
    answer = api.get(DIGEST)
    assert set(answer) == {"next_digest_number", "volume", "http_etag"}
    return answer["volume"], answer["next_digest_number"]


@pytest.mark.feature("api.lists.digest")
def test_it_is_sent(api: Api) -> None:
    assert standing(api) == (1, 1)

    assert api.post(DIGEST, send=True).status_code == 202

    assert standing(api) == (1, 2)
    [(recipient, message)] = deliver()
    assert (recipient, message["Subject"]) == ("bart@example.com", "Dev Digest, Vol 1, Issue 1")
    assert api.post(DIGEST, send=True).status_code == 202  # though there was nothing left
    assert (standing(api), deliver()) == ((1, 2), [])


@pytest.mark.feature("api.lists.digest")
def test_a_new_volume_begins_before_it_is_sent(api: Api) -> None:
    assert api.post(DIGEST, bump="yes").status_code == 202
    assert (standing(api), DigestIssue.objects.count()) == ((2, 1), 0)

    assert api.call("POST", DIGEST, json_body={"bump": True, "send": True}).status_code == 202
    assert [str(message["Subject"]) for _, message in deliver()] == ["Dev Digest, Vol 3, Issue 1"]
    assert standing(api) == (3, 2)


@pytest.mark.feature("api.lists.digest")
@pytest.mark.parametrize("wanted", [True, False])
def test_periodic_is_for_lists_that_want_it(api: Api, wanted: bool) -> None:
    MailingList.objects.update(digest_send_periodic=wanted)

    assert api.post(DIGEST, periodic=True).status_code == 202

    assert DigestIssue.objects.exists() is wanted


@pytest.mark.feature("api.lists.digest")
def test_nothing_to_do_is_no_error(api: Api) -> None:
    for form in ({}, {"send": False}, {"send": "no", "periodic": "0", "bump": "off"}):
        assert api.post(DIGEST, **form).status_code == 200
    assert (standing(api), DigestIssue.objects.count()) == ((1, 1), 0)


@pytest.mark.feature("api.lists.digest")
def test_what_cannot_be_meant(api: Api) -> None:
    both = {"send": "yes", "periodic": "yes", "bump": "yes"}
    assert api.error("POST", DIGEST, both) == (400, "send and periodic options are mutually exclusive")
    assert api.error("POST", DIGEST, {"send": "soon"})[0] == 400
    assert api.error("POST", DIGEST, {"print": "yes"}) == (400, "Unexpected parameters: print")
    assert api.error("POST", "lists/none.example.org/digest", {"send": "yes"})[0] == 404
    assert api.error("GET", "lists/none.example.org/digest")[0] == 404
    assert (standing(api), DigestIssue.objects.count()) == ((1, 1), 0)
