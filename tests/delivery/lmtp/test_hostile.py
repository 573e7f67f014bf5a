"""Sessions that want too much, and what they cost the others (standards: input limits, T14)."""

import contextlib
import ipaddress
import socket

import pytest

from delivery.lmtp import replies
from delivery.lmtp.lobby import is_known
from delivery.lmtp.protocol import MOST_MISTAKES
from tests.delivery.lmtp.conftest import kept
from tests.support.factories import make_list
from tests.support.lmtp import Client, Door, codes, limits, open_door
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.usefixtures("lists")


def serves(door: Door, letter: bytes) -> bool:
    """Whether somebody well-behaved is served now."""
    with Client(door.address) as client:
        return codes(client.deliver(letter, "dev@example.org")) == ["250"]


def test_recipients_over_the_limit_wait_for_another_transaction(letter: bytes, message_id: str) -> None:
    names = [f"dev+{number}@example.org" for number in range(4)]

    with open_door(recipients=3) as door, Client(door.address) as client:
        answers = client.begin(*names)
        client.send(letter + b".\r\n")
        assert answers == [replies.RECIPIENT_OK] * 3 + [replies.TOO_MANY_RECIPIENTS, replies.GO_AHEAD]
        assert codes(client.replies(3)) == ["250"] * 3
        assert codes(client.deliver(letter, names[3])) == ["250"]

    assert kept(message_id) == [letter]  # one post to one list, with four details


def test_ten_thousand_recipients(door: Door, letter: bytes) -> None:
    with Client(door.address) as client:
        client.begin("dev@example.org", "nobody@example.org")
        client.send(letter + b".\r\n")
        client.reply()
        client.ask("MAIL FROM:<bart@example.com>")
        client.send(b"RCPT TO:<nobody@example.org>\r\nRCPT TO:<dev@example.org>\r\n" * 5_000)
        assert serves(door, letter)
        answers = codes(client.replies(9_999))

        assert (answers.count("250"), answers.count("550"), answers.count("452")) == (1_000, 1_000, 7_999)
        assert client.reply() == replies.TOO_MUCH_TALK


def test_commands_without_a_letter_are_counted(letter: bytes) -> None:
    with open_door(commands=10) as door, Client(door.address) as client:
        assert [client.ask("NOOP") for _ in range(10)] == [replies.OK] * 10
        assert client.ask("NOOP") == replies.TOO_MUCH_TALK
        assert client.reply() is None

        with Client(door.address) as busy:
            for number in range(10):
                assert codes(busy.deliver(b"X: %d\r\n" % number + letter, "dev@example.org")) == ["250"]


def test_mistakes_are_counted(door: Door) -> None:
    with Client(door.address) as client:
        answers = [client.ask("GET / HTTP/1.1") for _ in range(MOST_MISTAKES + 1)]

        assert answers == [replies.UNKNOWN_COMMAND] * MOST_MISTAKES + [replies.TOO_MUCH_TALK]
        assert client.reply() is None


def test_quietest_session_makes_room(letter: bytes, message_id: str) -> None:
    with open_door(sessions=2) as door, contextlib.ExitStack() as stack:
        busy, quiet = (stack.enter_context(Client(door.address)) for _ in range(2))
        busy.ask("NOOP")

        newcomer = stack.enter_context(Client(door.address))

        assert newcomer.greeting and newcomer.greeting.startswith("220 ")
        assert (quiet.reply(), quiet.reply()) == (replies.FULL_HOUSE, None)
        assert codes(busy.deliver(letter, "dev@example.org")) == ["250"]
    assert kept(message_id) == [letter]


def test_session_in_a_transaction_keeps_its_seat(letter: bytes) -> None:
    with open_door(sessions=2) as door, contextlib.ExitStack() as stack:
        busy = [stack.enter_context(Client(door.address)) for _ in range(2)]
        for number, client in enumerate(busy):
            assert client.begin("dev@example.org")[-1] == replies.GO_AHEAD, number

        newcomer = stack.enter_context(Client(door.address))

        assert (newcomer.greeting, newcomer.reply()) == (replies.FULL_HOUSE, None)
        for client in busy:
            client.send(letter + b".\r\n")
            assert codes([client.reply()]) == ["250"]
        assert serves(door, letter)


@pytest.mark.feature("core.lmtp.session-limits")
def test_hostile_sessions_delay_nobody(letter: bytes, message_id: str) -> None:
    """Stalling, endless lines, thousands of recipients, garbage, oversize: each ends in a 4xx, a 5xx or a closed door."""
    with open_door(sessions=20, size=10_000, idle=4.0) as door, contextlib.ExitStack() as stack:
        stalling = [stack.enter_context(Client(door.address)) for _ in range(19)]
        garbage, endless, many, large = (stack.enter_context(Client(door.address)) for _ in range(4))
        garbage.send(b"\x16\x03\x01\x02\x00\x01\x00\n" * 20)
        with contextlib.suppress(ConnectionError):
            endless.send(b"x" * 2_000_000)
        many.begin("dev@example.org")
        assert "SIZE 10000" in str(large.ask("LHLO mx.example.com"))

        assert serves(door, letter)

        assert garbage.replies(MOST_MISTAKES + 2) == [replies.BAD_LINE] * MOST_MISTAKES + [replies.TOO_MUCH_TALK, None]
        assert endless.reply() in (replies.TOO_MUCH_TALK, None)
        assert large.deliver(b"x" * 10_000 + b"\r\n", "dev@example.org") == [replies.TOO_LARGE]
        ends = [client.reply() for client in (*stalling, many)]
        assert set(ends) <= {replies.IDLE, replies.FULL_HOUSE}
        assert ends[-1] == replies.IDLE
    assert kept(message_id) == [letter]


def test_five_hundred_idle_connections_keep_nobody_out(door: Door, letter: bytes) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(500):
            stack.enter_context(socket.create_connection(door.address))  # type: ignore[arg-type]

        assert serves(door, letter)


def test_who_does_not_listen_is_cut_off(letter: bytes) -> None:
    with open_door(idle=3.0) as door, Client(door.address) as deaf:
        deaf.socket.settimeout(0.2)
        with contextlib.suppress(TimeoutError, ConnectionError):
            while True:
                deaf.send(b"HELP\r\n" * 10_000)

        assert serves(door, letter)
        deaf.socket.settimeout(PATIENCE)
        with pytest.raises(ConnectionError):  # reset, for what we have not read is thrown away
            while True:
                deaf.send(b"HELP\r\n")


def test_endless_letter_is_refused_once_it_is_hopeless(door: Door) -> None:
    with Client(door.address) as client:
        client.begin("dev@example.org", "ops@example.org")
        with contextlib.suppress(ConnectionError):
            client.send(b"x" * 1_000_000)

        assert client.replies(2) in ([replies.TOO_LARGE] * 2, [None] * 2)


def test_letters_in_flight_have_a_common_bound() -> None:
    size = 40_000_000  # four of them are all there is room for
    with open_door(size=size) as door, contextlib.ExitStack() as stack:
        big = [stack.enter_context(Client(door.address)) for _ in range(5)]
        for client in big:
            client.begin("dev@example.org", "ops@example.org")
            client.send(b"x" * (size - 1_000))
        last = big.pop()
        last.send(b"\r\n.\r\n")

        assert last.replies(2) == [replies.NO_ROOM] * 2
        assert last.ask("NOOP") == replies.OK


@pytest.mark.parametrize("peers", [(), ("192.0.2.0/28", "2001:db8::/32")])
def test_other_hosts_are_refused_unless_allowed(peers: tuple[str, ...]) -> None:
    """Asked of the lobby, for a test has no other host to come from."""
    networks = [ipaddress.ip_network(peer) for peer in peers]

    for host in ("192.0.2.5", "::ffff:192.0.2.5", "2001:db8::5"):
        assert is_known((host, 25), networks) is bool(peers)
    for host in ("127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"):
        assert is_known((host, 25), networks)
    assert is_known("", networks)
    assert not is_known(("198.51.100.1", 25), networks)
    assert not is_known(("fe80::1%eth0", 25, 0, 2), networks)


def test_limits_come_from_settings() -> None:
    assert (limits().sessions, limits().commands, limits().recipients) == (100, 10_000, 1_000)
    assert limits().size == 40 * 1024 * 1024


def test_new_list_has_a_door(door: Door, letter: bytes) -> None:
    make_list("fresh")

    with Client(door.address) as client:
        assert codes(client.deliver(letter, "fresh-owner@example.org", "fresh@example.org")) == ["250", "250"]
