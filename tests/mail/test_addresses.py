import pytest
from hypothesis import given
from hypothesis import strategies as st

from suite.mail import addresses
from suite.mail.addresses import Mailbox, parse_mailboxes

ANNE = Mailbox("Anne", "anne@example.org")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", []),
        ("anne@example.org", [Mailbox("", "anne@example.org")]),
        ("<anne@example.org>", [Mailbox("", "anne@example.org")]),
        ("Anne <anne@example.org>", [ANNE]),
        ("Anne<anne@example.org>", [ANNE]),
        ("anne@example.org (Anne)", [ANNE]),
        ("(hello) Anne (x) <anne@example.org> (y)", [ANNE]),
        ("anne@example.org (An (n) e \\) x)", [Mailbox("An (n) e ) x", "anne@example.org")]),
        ('"Anne, Owner" <anne@example.org>', [Mailbox("Anne, Owner", "anne@example.org")]),
        (r'"An\"ne \\" <anne@example.org>', [Mailbox('An"ne \\', "anne@example.org")]),
        ("Anne B. Owner <anne@example.org>", [Mailbox("Anne B. Owner", "anne@example.org")]),
        ("anne@example.org <anne@example.org>", [Mailbox("anne@example.org", "anne@example.org")]),
        ("Anne\r\n <anne@example.org>", [ANNE]),
        ("Anne <anne@example.org>, bart@example.com", [ANNE, Mailbox("", "bart@example.com")]),
        ("Anne <anne@example.org>; bart@example.com;", [ANNE, Mailbox("", "bart@example.com")]),
        (", ,Anne <anne@example.org>,,", [ANNE]),
        ("Team: Anne <anne@example.org>, bart@example.com;", [ANNE, Mailbox("", "bart@example.com")]),
        ("undisclosed-recipients:;", []),
        (
            '"A team": anne@example.org;, bart@example.com',
            [Mailbox("", "anne@example.org"), Mailbox("", "bart@example.com")],
        ),
        ("<@one.example.com,@two.example.com:anne@example.org>", [Mailbox("", "anne@example.org")]),
        ("anne @ example . org", [Mailbox("", "anne@example.org")]),
        ("anne..x.@example.org", [Mailbox("", "anne..x.@example.org")]),
        ('"anne"@example.org', [Mailbox("", "anne@example.org")]),
        ('"anne owner"@example.org', [Mailbox("", '"anne owner"@example.org')]),
        ('"anne"."owner"@example.org', [Mailbox("", "anne.owner@example.org")]),
        ("anne@[192.0.2.1]", [Mailbox("", "anne@[192.0.2.1]")]),
        ("root@localhost", [Mailbox("", "root@localhost")]),
        ("Änne <ännë@exämple.org>", [Mailbox("Änne", "ännë@exämple.org")]),
        ("=?utf-8?q?=C3=84nne?= <anne@example.org>", [Mailbox("Änne", "anne@example.org")]),
        ('"=?utf-8?q?=C3=84nne?=" <anne@example.org>', [Mailbox("Änne", "anne@example.org")]),
        ("=?utf-8?q?Owner,_Anne?= <anne@example.org>", [Mailbox("Owner, Anne", "anne@example.org")]),
        ("=?utf-8?b?w4Q=?= =?utf-8?b?bm5l?= <anne@example.org>", [Mailbox("Änne", "anne@example.org")]),
        ("garbage, Anne <anne@example.org>, more garbage", [ANNE]),
        ("nobody@, @example.org, Anne <anne@example.org>", [ANNE]),
    ],
)
def test_parse_mailboxes(value: str, expected: list[Mailbox]) -> None:
    assert parse_mailboxes(value) == expected
    assert parse_mailboxes(value.encode()) == expected


@pytest.mark.parametrize(
    "value",
    [
        "anne@example.org)bart@example.com",
        "anne@example.org(<bart@example.com>",
        "anne@example.org)<bart@example.com>",
        "anne@example.org<bart@example.com>",
        "anne@example.org <bart@example.com>",
        "anne@example.org><bart@example.com>",
        "anne@example.org@<bart@example.com>",
        "anne@example.org]<bart@example.com>",
        "anne@example.org\\<bart@example.com>",
        '"anne@example.org <bart@example.com>',
        "<anne@example.org> <bart@example.com>",
        "<anne@example.org> bart@example.com",
        "anne@example.org bart@example.com",
        "anne bart@example.org",
        "anne@bart@example.org",
        "Anne <anne@example.org",
        "anne@example.org>",
        "anne@example org",
        "anne@example..org",
        "anne@.example.org",
        'anne"bart"@example.org',
        "anne\0@example.org",
        '"anne\x01"@example.org',
        '"anne\tx"@example.org',
        "=?utf-8?q?x?=@example.org",
        "(" * 20_000,
        "<" * 20_000,
        '"' * 20_001,
        '"\\' * 20_000,
        ":" * 20_000,
    ],
)
def test_what_could_be_read_in_two_ways_yields_nothing(value: str) -> None:
    assert parse_mailboxes(value) == []


def test_raw_eight_bit_is_read_as_utf8_then_latin1() -> None:
    assert parse_mailboxes("Änne <anne@example.org>".encode("latin-1")) == [Mailbox("Änne", "anne@example.org")]


@pytest.mark.parametrize(("count", "found"), [(1_999, 1_999), (2_000, 2_000), (2_001, 2_000), (10_000, 2_000)])
def test_addresses_over_the_limit_are_ignored(count: int, found: int) -> None:
    assert len(parse_mailboxes(", ".join(f"a{number}@example.org" for number in range(count)))) == found


@given(st.text(alphabet='ab.@<>()[]":;,\\ \t=?é\0', max_size=60))
def test_parse_mailboxes_never_raises_and_finds_whole_addresses_only(value: str) -> None:
    for mailbox in parse_mailboxes(value):
        local, domain = addresses.split(mailbox.address)
        assert local
        assert domain


# --- validity ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("character", "-0123456789abcdefghijklmnopqrstuvwxyzABCXYZ!#$%&'*+./=?@_`{}~")
def test_every_character_of_the_set_is_valid_in_a_local_part(character: str) -> None:
    assert addresses.is_valid(f"a{character}b@example.org")


@pytest.mark.parametrize(
    "address",
    [
        "anne@example.org",
        "anne@lists.example.org",
        '"anne"@example.org',
        "anne@example-.org",
        "anne@1.2",
        "ännë@example.org",
        "用户@例子.广告",
        "anne@exämple.org",
        "anne@xn--exmple-cua.org",
        "θσερ@εχαμπλε.example.org",
    ],
)
def test_valid(address: str) -> None:
    assert addresses.is_valid(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "anne",
        "@example.org",
        "anne@",
        "anne@example",
        '"a@b"@c',
        "anne@localhost",
        "anne@example..org",
        "anne@.example.org",
        "anne@example.org.",
        "anne@-example.org",
        "anne@exa_mple.org",
        "anne@exa mple.org",
        "anne bart@example.org",
        '"anne bart"@example.org',
        "anne^bart@example.org",
        "anne|bart@example.org",
        "anne,bart@example.org",
        "anne<bart@example.org",
        'an"ne@example.org',
        "anne\\bart@example.org",
        "anne\n@example.org",
        "anne@example.org\n",
        "anne\x7f@example.org",
        "anne\u202e@example.org",
        "anne\u00a0@example.org",
        "anne\ud800@example.org",
        "anne@exa\u202emple.org",
        "anne@[192.0.2.1]",
        "a" * 250 + "@example.org",
        "anne@" + "a" * 64 + ".org",
    ],
)
def test_invalid(address: str) -> None:
    assert not addresses.is_valid(address)


@pytest.mark.parametrize(("length", "valid"), [(253, True), (254, True), (255, False)])
def test_length_of_an_address(length: int, valid: bool) -> None:
    assert addresses.is_valid("a" * (length - len("@example.org")) + "@example.org") is valid


# --- comparing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Anne@Example.ORG", "anne@example.org"),
        ("anne@EXÄMPLE.org", "anne@xn--exmple-cua.org"),
        ("anne@exämple.org", "anne@exa\u0308mple.org"),
        ("ÄNNE@example.org", "änne@example.org"),
        ("a\u0308nne@example.org", "änne@example.org"),
        ('"anne"@example.org', "anne@example.org"),
    ],
)
def test_key_is_the_same_for_spellings_of_one_address(one: str, other: str) -> None:
    assert addresses.key(one) == addresses.key(other)


def test_key_differs_for_different_people() -> None:
    people = ["anne@example.org", "anne@example.com", "änne@example.org", "anne+x@example.org", "an.ne@example.org"]
    assert len({addresses.key(address) for address in people}) == len(people)


PARTS = st.text(st.characters(exclude_characters="@", exclude_categories=["Cs"]), min_size=1, max_size=20)


@given(PARTS, PARTS)
def test_key_of_a_key_is_itself(local: str, domain: str) -> None:
    once = addresses.key(f"{local}@{domain}")
    assert addresses.key(once) == once


@pytest.mark.parametrize(
    ("address", "local", "domain"),
    [("anne@example.org", "anne", "example.org"), ('"a@b"@example.org', '"a@b"', "example.org"), ("anne", "anne", "")],
)
def test_split(address: str, local: str, domain: str) -> None:
    assert addresses.split(address) == (local, domain)


@pytest.mark.parametrize(
    ("address", "domain", "wire", "smtputf8"),
    [
        ("Anne@Example.org", "example.org", "Anne@Example.org", False),
        ("anne@exämple.org", "xn--exmple-cua.org", "anne@xn--exmple-cua.org", False),
        ("ännë@exämple.org", "xn--exmple-cua.org", "ännë@xn--exmple-cua.org", True),
        ("a@b@example.org", "example.org", '"a@b"@example.org', False),
        ("anne..x@example.org", "example.org", '"anne..x"@example.org', False),
        ('"anne"@example.org', "example.org", "anne@example.org", False),
        ('"an ne"@example.org', "example.org", '"an ne"@example.org', False),
    ],
)
def test_on_the_wire(address: str, domain: str, wire: str, smtputf8: bool) -> None:
    assert addresses.wire_domain(address) == domain
    assert addresses.wire(address) == wire
    assert addresses.needs_smtputf8(address) is smtputf8


# --- writing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "address", "expected"),
    [
        ("", "anne@example.org", "anne@example.org"),
        ("  ", "anne@example.org", "anne@example.org"),
        ("Anne Owner", "anne@example.org", "Anne Owner <anne@example.org>"),
        ("Anne B. Owner", "anne@example.org", '"Anne B. Owner" <anne@example.org>'),
        ("bart@example.com", "anne@example.org", '"bart@example.com" <anne@example.org>'),
        ('An"ne\\', "anne@example.org", '"An\\"ne\\\\" <anne@example.org>'),
        ("Änne", "anne@example.org", "=?utf-8?q?=C3=84nne?= <anne@example.org>"),
        ("=?utf-8?q?x?=", "anne@example.org", "=?utf-8?q?=3D=3Futf-8=3Fq=3Fx=3F=3D?= <anne@example.org>"),
        ("Anne", "a@b@example.org", 'Anne <"a@b"@example.org>'),
    ],
)
def test_format_mailbox(name: str, address: str, expected: str) -> None:
    assert addresses.format_mailbox(name, address) == expected


@pytest.mark.parametrize("control", ["\r", "\n", "\0", "\x1b", "\x7f", "\r\nBcc: dora@example.com"])
def test_format_mailbox_refuses_controls(control: str) -> None:
    with pytest.raises(ValueError, match="control"):
        addresses.format_mailbox(f"Anne{control}", "anne@example.org")
    with pytest.raises(ValueError, match="control"):
        addresses.format_mailbox("Anne", f"anne{control}@example.org")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "anne",
        "anne@",
        "@example.org",
        "anne@example.org>, <bart@example.com",
        "anne@exa mple.org",
        "a@b.org, c@d.org",
    ],
)
def test_format_mailbox_refuses_what_is_no_address(address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        addresses.format_mailbox("Anne", address)


NAMES = st.text(st.characters(min_codepoint=32, exclude_characters="\x7f", exclude_categories=["Cs"]), max_size=80)


@given(NAMES)
def test_a_formatted_mailbox_reads_back(name: str) -> None:
    written = addresses.format_mailbox(name, "anne@example.org")
    assert written.isascii()
    (mailbox,) = parse_mailboxes(written)
    assert mailbox.address == "anne@example.org"
    assert mailbox.name.split() == name.split()
