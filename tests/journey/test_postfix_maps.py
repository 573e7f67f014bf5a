"""Through a real Postfix that knows the lists from our maps alone: it never asks the door who is there."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings

from archives.models import Arrival
from lists.models import Domain
from lists.services.domains import delete_domain
from lists.services.mailing_lists import delete_list
from tests.support.factories import make_domain, make_list, make_member
from tests.support.lmtp import door_process
from tests.support.ports import free_port
from tests.support.postfix import OUTSIDE, Postfix, postfix
from tests.support.posting import letter
from tests.support.requires import requires_postfix
from tests.support.waiting import wait_until

pytestmark = requires_postfix

HOST, ALIAS = "lists.example.org", "alias.example"


@pytest.fixture(scope="module", params=["hash", "regexp"])
def mta(request: pytest.FixtureRequest, transactional_db: None) -> Iterator[Postfix]:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="posthouse-mta-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with override_settings(MTA="postfix", MTA_FOLDER=folder, MTA_MAP_TYPE=request.param, LMTP_PORT=port):
            make_domain(HOST, alias_domain=ALIAS)
            make_list(f"dev@{HOST}")
            lines = (folder / "postfix_main.cf").read_text()
            with door_process(POSTHOUSE_LMTP_PORT=str(port)), postfix(lmtp=port, relay=9, lines=lines) as mta:
                # Patterns are in the memory of Postfix's processes; compiled maps they look at anew by themselves.
                command = f"/usr/sbin/postfix -c {mta.folder}/etc reload" if request.param == "regexp" else ""
                with override_settings(MTA_COMMAND=command):
                    yield mta
            for domain in Domain.objects.all():
                delete_domain(domain)


@pytest.mark.feature("mta.postfix.maps")
def test_postfix_takes_what_the_maps_name_and_hands_it_over(mta: Postfix) -> None:
    for host in (HOST, ALIAS):
        for local in ("dev", "dev-owner", "dev-bounces+bart=example.com", "dev-confirm+t0ken"):
            assert mta.ask(f"{local}@{host}", OUTSIDE)[0] == 250, local
        assert mta.ask(f"nobody@{host}", OUTSIDE)[0] == 550

    mta.submit(
        letter(message_id="maps@example.com"), "bart@example.com", f"dev@{HOST}", f"dev-bounces+x=example.com@{ALIAS}"
    )

    arrivals = Arrival.objects.filter(message_id="maps@example.com")
    wait_until(lambda: arrivals.count() == 2, f"both arrivals: {mta.log()}")
    assert {arrival.recipient for arrival in arrivals} == {f"dev@{HOST}", f"dev-bounces+x=example.com@{HOST}"}
    Arrival.objects.all().delete()


@pytest.mark.feature("core.model.list-delete")
def test_a_list_that_goes_is_refused_at_once(mta: Postfix) -> None:
    news = make_list(f"news@{HOST}")
    wait_until(lambda: mta.ask(f"news@{HOST}", OUTSIDE)[0] == 250, "the new list's address")

    delete_list(news)

    wait_until(lambda: mta.ask(f"news@{HOST}", OUTSIDE)[0] == 550, "a refusal")
    wait_until(lambda: mta.ask(f"news-join@{ALIAS}", OUTSIDE)[0] == 550, "a refusal")


@pytest.mark.feature("core.model.domain-delete")
def test_a_domain_goes_with_its_lists_and_takes_no_other(mta: Postfix) -> None:
    other = make_list("dev@other.example")
    make_member(other, "bart@example.com")
    make_list("dev@gone.example")
    wait_until(lambda: mta.ask("dev@gone.example", OUTSIDE)[0] == 250, "the new list's address")

    delete_domain(Domain.objects.get(mail_host="gone.example"))

    wait_until(lambda: mta.ask("dev@gone.example", OUTSIDE)[0] >= 454, "a refusal")
    folder = settings.MTA_FOLDER
    assert not any("gone.example" in path.read_text() for path in folder.glob("postfix_*") if path.suffix != ".db")
    assert mta.ask("dev@other.example", OUTSIDE)[0] == 250
    assert other.memberships.count() == 1
