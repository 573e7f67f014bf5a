"""Through a real Exim, configured by what `manage.py mta` writes: it asks our door about each address, and hands mail over."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings

from archives.models import Arrival
from delivery.mta import files
from lists.services.mailing_lists import delete_list
from tests.support.exim import Exim, exim
from tests.support.factories import make_domain, make_list
from tests.support.lmtp import door_process
from tests.support.ports import free_port
from tests.support.posting import letter
from tests.support.requires import requires_exim
from tests.support.waiting import wait_until

pytestmark = requires_exim

HOST = "lists.example.org"
SUFFIXES = (
    *("bounces", "bounces+bart=example.com", "confirm", "confirm+t0ken", "join", "leave", "owner", "request"),
    *("subscribe", "unsubscribe"),
)


@pytest.fixture(scope="module")
def mta(transactional_db: None) -> Iterator[Exim]:
    port = free_port()
    make_domain(HOST, alias_domain="alias.example")
    make_list(f"dev@{HOST}")
    with tempfile.TemporaryDirectory(prefix="posthouse-mta-") as name, override_settings(LMTP_PORT=port):
        folder = Path(name)
        folder.chmod(0o755)
        with override_settings(MTA="exim", MTA_FOLDER=folder):
            files.write("exim")
            with door_process(POSTHOUSE_LMTP_PORT=str(port)), exim(folder) as mta:
                yield mta


@pytest.mark.feature("mta.exim")
def test_every_address_of_a_list_is_accepted_and_no_other(mta: Exim) -> None:
    for host in (HOST, "alias.example"):
        assert mta.ask(f"dev@{host}")[0] == 250
        for suffix in SUFFIXES:
            assert mta.ask(f"dev-{suffix}@{host}")[0] == 250, suffix
        for stranger in ("nobody", "dev-nobody", "devx"):
            assert mta.ask(f"{stranger}@{host}")[0] == 550, stranger
    assert mta.ask("bart@elsewhere.example")[0] == 550


@pytest.mark.feature("mta.exim")
def test_lists_are_known_at_once_and_forgotten_at_once(mta: Exim) -> None:
    assert mta.ask(f"fresh@{HOST}")[0] == 550

    fresh = make_list(f"fresh@{HOST}")
    wait_until(lambda: mta.ask(f"fresh-join@{HOST}")[0] == 250, "the new list's address")
    delete_list(fresh)

    wait_until(lambda: mta.ask(f"fresh-join@{HOST}")[0] == 550, "a refusal")


@pytest.mark.feature("mta.exim")
def test_posts_are_handed_over(mta: Exim) -> None:
    post = letter(to=f"dev@{HOST}", message_id="exim@example.com")

    mta.submit(post, "bart@example.com", f"dev@{HOST}", f"dev-bounces+bart=example.com@{HOST}")

    arrivals = Arrival.objects.filter(message_id="exim@example.com")
    wait_until(lambda: arrivals.count() == 2, f"the letter at both addresses: {mta.log()}")
    assert {(arrival.recipient, arrival.sender) for arrival in arrivals} == {
        (f"dev@{HOST}", "bart@example.com"),
        (f"dev-bounces+bart=example.com@{HOST}", "bart@example.com"),
    }
