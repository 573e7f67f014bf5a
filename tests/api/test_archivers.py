"""/lists/X/archivers: which of the site's archivers get a list's posts."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from mailmanclient import Client

from delivery.models import ArchiverCopy
from lists.models import MailingList
from tests.lists.test_membership_races import at_once
from tests.support.api import Api
from tests.support.archiving import archivers, post
from tests.support.factories import make_list, make_member

ARCHIVERS = "lists/dev.example.org/archivers"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[None]:
    """A site with two archivers."""
    with archivers(tmp_path, "prototype", "mbox"):
        yield


def read(api: Api) -> dict[str, bool]:
    answer = api.get(ARCHIVERS)
    assert answer.pop("http_etag")
    return dict(answer)


@pytest.mark.feature("api.lists.archivers")
@pytest.mark.usefixtures("site")
def test_they_are_switched_and_get_posts_or_none(api: Api) -> None:
    make_member(make_list("dev"), "bart@example.com")
    assert read(api) == {"prototype": True, "mbox": True}

    assert api.patch(ARCHIVERS, mbox="no").status_code == 204
    assert read(api) == {"prototype": True, "mbox": False}
    post("Tea")
    assert list(ArchiverCopy.objects.values_list("archiver", flat=True)) == ["prototype"]
    assert api.put("lists/dev@example.org/archivers", mbox=True, prototype=False).status_code == 204
    assert read(api) == {"prototype": False, "mbox": True}


@pytest.mark.feature("api.lists.archivers")
@pytest.mark.usefixtures("site")
def test_what_is_none_changes_nothing(api: Api) -> None:
    make_list("dev")
    assert api.error("PATCH", ARCHIVERS, {"mbox": "no", "attic": "yes"}) == (400, "Unexpected parameters: attic")
    assert api.error("PATCH", ARCHIVERS, {"mhonarc": "yes"}) == (400, "Unexpected parameters: mhonarc")
    assert api.error("PUT", ARCHIVERS, {"mbox": "no"}) == (400, "Missing Parameter: prototype")
    assert api.error("PUT", ARCHIVERS, {"mbox": "no", "prototype": "perhaps"}) == (
        400,
        'Invalid Parameter "prototype": Invalid boolean value: perhaps.',
    )
    assert api.error("GET", "lists/none.example.org/archivers")[0] == 404
    assert read(api) == {"prototype": True, "mbox": True}


@pytest.mark.usefixtures("site")
def test_others_than_the_sites_stay_and_unknown_ones_are_dropped(api: Api) -> None:
    make_list("dev")
    MailingList.objects.update(archivers=["mhonarc", "left-by-a-plugin", "mbox"])

    assert api.patch(ARCHIVERS, prototype=True).status_code == 204

    assert MailingList.objects.get().archivers == ["mhonarc", "mbox", "prototype"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("site")
def test_of_two_at_once_both_count(api: Api) -> None:
    make_list("dev")
    answers = at_once(*[partial(Api().patch, ARCHIVERS, **{name: False}) for name in ("mbox", "prototype")])

    assert [answer.status_code for answer in answers] == [204, 204]
    assert read(api) == {"prototype": False, "mbox": False}


@pytest.mark.feature("api.lists.archivers")
@pytest.mark.usefixtures("site")
def test_as_mailmanclient_does_it(client: Client) -> None:
    make_list("dev")
    found = client.get_list("dev.example.org").archivers
    assert dict(found) == {"prototype": True, "mbox": True}

    found["mbox"] = False
    assert dict(client.get_list("dev.example.org").archivers) == {"prototype": True, "mbox": False}
    client.get_list("dev.example.org").archivers = {"prototype": False, "mbox": True}
    assert dict(client.get_list("dev.example.org").archivers) == {"prototype": False, "mbox": True}
