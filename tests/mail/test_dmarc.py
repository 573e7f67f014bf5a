"""DMARC records and the tree walk (RFC 9989), against answers that a table gives."""

import re
from pathlib import Path

import publicsuffixlist
import pytest

from suite.mail import dmarc
from suite.mail.dmarc import Policy, Record, Wish

NONE, QUARANTINE, REJECT = Wish


@pytest.mark.parametrize(
    ("text", "record"),
    [
        ("v=DMARC1; p=none", Record(NONE)),
        ("v=DMARC1;p=quarantine", Record(QUARANTINE)),
        ("v=DMARC1 ; P = Reject ;", Record(REJECT)),
        ("v=DMARC1; p=reject; sp=none; np=quarantine", Record(REJECT, NONE, QUARANTINE)),
        ("v=DMARC1; p=reject; t=y; psd=n", Record(REJECT, testing=True, suffix="n")),
        ("v=DMARC1; p=reject; pct=0; rf=afrf; x=unknown; nonsense", Record(REJECT)),
        ("v=DMARC1; p=reject; p=none", Record(REJECT)),
        ("v=DMARC1; p=reject; adkim=s; aspf=S", Record(REJECT, strict_dkim=True, strict_spf=True)),
        ("v=DMARC1; p=reject; adkim=r; aspf=often", Record(REJECT)),
        ("v=DMARC1; rua=mailto:dmarc@example.com", Record(NONE)),
        ("v=DMARC1; p=often; rua=mailto:dmarc@example.com", Record(NONE)),
        ("v=DMARC1; p=reject; sp=never", Record(REJECT)),
        ("v=DMARC1", None),
        ("v=DMARC1; p=often", None),
        ("v=DMARC2; p=reject", None),
        ("v=dmarc1; p=reject", None),
        ("p=reject; v=DMARC1", None),
        ("v=spf1 -all", None),
        ("", None),
    ],
)
def test_one_record(text: str, record: Record | None) -> None:
    assert dmarc.read_record([text.encode(), b"v=spf1 -all", b"\xff"]) == record


def test_of_two_records_neither_counts() -> None:
    assert dmarc.read_record([b"v=DMARC1; p=reject", b"v=DMARC1; p=none"]) is None


BROKEN = "broken"
ORGANISATION = {"example.com": "p=reject"}


def find(domain: str, zone: dict[str, str], missing: tuple[str, ...] = ()) -> tuple[Policy, list[str]]:
    """The policy with these records (without their `v=DMARC1; `), and the names that were asked about."""
    asked: list[str] = []

    def texts(name: str) -> list[bytes] | None:
        host = name.removeprefix("_dmarc.")
        asked.append(host)
        record = zone.get(host)
        return None if record is BROKEN else [f"v=DMARC1; {record}".encode()] if record else []

    return dmarc.policy(domain, texts, lambda name: name not in missing), asked


@pytest.mark.parametrize(
    ("domain", "zone", "wish", "source"),
    [
        ("example.com", {}, NONE, ""),
        ("example.com", {"example.com": "p=none"}, NONE, "example.com"),
        ("example.com", {"example.com": "p=quarantine"}, QUARANTINE, "example.com"),
        ("example.com", {"example.com": "p=reject"}, REJECT, "example.com"),
        ("example.com", {"example.com": "p=reject; sp=none"}, REJECT, "example.com"),
        ("example.com", {"example.com": "p=reject; t=y"}, QUARANTINE, "example.com"),
        ("example.com", {"example.com": "p=quarantine; t=y"}, NONE, "example.com"),
        ("www.example.com", {"example.com": "p=reject"}, REJECT, "example.com"),
        ("www.example.com", {"example.com": "p=reject; sp=none"}, NONE, "example.com"),
        ("www.example.com", {"example.com": "p=none; sp=quarantine"}, QUARANTINE, "example.com"),
        ("www.example.com", {"example.com": "p=none; sp=reject; t=y"}, QUARANTINE, "example.com"),
        ("www.example.com", {"www.example.com": "p=none", "example.com": "p=reject"}, NONE, "www.example.com"),
        ("a.b.example.com", {"b.example.com": "p=none", "example.com": "p=reject"}, REJECT, "example.com"),
        ("a.b.example.com", {"b.example.com": "p=none; psd=n", "example.com": "p=reject"}, NONE, "b.example.com"),
        ("a.b.example.com", {"b.example.com": "p=quarantine"}, QUARANTINE, "b.example.com"),
        ("www.example.com", {"com": "p=reject; psd=y"}, REJECT, "com"),
        ("www.example.com", {"com": "p=reject; psd=y", "example.com": "p=none"}, NONE, "example.com"),
        ("a.b.example.com", {"com": "p=reject; psd=y", "b.example.com": "p=none"}, REJECT, "com"),
        ("example.com", {"com": "p=none; sp=reject; psd=y"}, REJECT, "com"),
        ("com", {"com": "p=reject; psd=y"}, REJECT, "com"),
        ("www.example.com", {"www.example.com": "p=often", "example.com": "p=reject"}, REJECT, "example.com"),
        ("www.example.com", {"example.com": "p=none; sp=often"}, NONE, "example.com"),
    ],
)
def test_policy_is_found_by_the_tree_walk(domain: str, zone: dict[str, str], wish: Wish, source: str) -> None:
    policy, _ = find(domain, zone)

    assert policy == Policy(domain, wish, source)
    assert policy.forbids is (wish is not NONE)


@pytest.mark.parametrize(
    ("record", "missing", "wish"),
    [
        ("p=none; np=reject", True, REJECT),
        ("p=none; np=reject", False, NONE),
        ("p=none; sp=quarantine; np=reject", True, REJECT),
        ("p=none; sp=quarantine", True, QUARANTINE),
    ],
)
def test_names_that_do_not_exist_may_have_a_policy_of_their_own(record: str, missing: bool, wish: Wish) -> None:
    policy, _ = find("gone.example.com", {"example.com": record}, ("gone.example.com",) if missing else ())

    assert policy.wish is wish


def test_a_domain_with_a_record_of_its_own_costs_one_question() -> None:
    assert find("www.example.com", {"www.example.com": "p=none"})[1] == ["www.example.com"]


def test_the_walk_goes_up_to_the_top() -> None:
    assert find("a.b.example.com", {})[1] == ["a.b.example.com", "b.example.com", "example.com", "com"]


def test_a_deep_name_costs_eight_questions() -> None:
    deep = "a.b.c.d.e.f.g.h.i.example.com"

    _, asked = find(deep, ORGANISATION)

    assert asked == [
        deep,
        "e.f.g.h.i.example.com",
        "f.g.h.i.example.com",
        "g.h.i.example.com",
        "h.i.example.com",
        "i.example.com",
        "example.com",
        "com",
    ]


@pytest.mark.parametrize(
    ("zone", "forbids"),
    [
        ({"www.b.example.co.uk": BROKEN, "example.co.uk": "p=none"}, True),
        ({"example.co.uk": BROKEN}, True),
        ({"b.example.co.uk": BROKEN, "example.co.uk": "p=none"}, False),
        ({"b.example.co.uk": BROKEN, "example.co.uk": "p=reject"}, True),
        ({"co.uk": BROKEN}, False),
        ({"uk": BROKEN, "example.co.uk": "p=reject"}, True),
    ],
)
def test_trouble_counts_where_the_answer_would_decide(zone: dict[str, str], forbids: bool) -> None:
    policy, _ = find("www.b.example.co.uk", zone)

    assert policy.forbids is forbids


VECTORS = re.findall(
    r"^checkPublicSuffix\('([^']+)', (?:'([^']+)'|null)\);",
    (Path(publicsuffixlist.__file__).parent / "test_psl.txt").read_text("utf-8"),
    re.MULTILINE,
)


@pytest.mark.feature("core.dmarc.org-domain")
@pytest.mark.parametrize(("domain", "expected"), VECTORS)
def test_organisational_domain(domain: str, expected: str) -> None:
    """The public suffix list's own vectors; where they expect none, the domain is a suffix and stands for itself."""
    assert dmarc.organisational_domain(domain) == (expected or domain.lower().strip("."))


def test_there_are_vectors() -> None:
    assert len(VECTORS) > 70


def test_alignment_is_what_the_record_that_holds_asks_for() -> None:
    zone = {"example.com": "p=reject; adkim=s; aspf=r", "own.example.com": "p=reject; aspf=s"}

    assert find("example.com", zone)[0] == Policy("example.com", REJECT, "example.com", strict_dkim=True)
    assert find("sub.example.com", zone)[0] == Policy("sub.example.com", REJECT, "example.com", strict_dkim=True)
    assert find("own.example.com", zone)[0] == Policy("own.example.com", REJECT, "own.example.com", strict_spf=True)


@pytest.mark.parametrize(
    ("proved", "author", "relaxed", "strict"),
    [
        ("example.com", "example.com", True, True),
        ("Example.COM.", "example.com", True, True),
        ("mail.example.com", "example.com", True, False),
        ("example.com", "sales.example.com", True, False),
        ("example.net", "example.com", False, False),
        ("co.uk", "example.co.uk", False, False),
    ],
)
def test_what_is_proved_speaks_for_its_organisation_or_strictly_for_itself(
    proved: str, author: str, relaxed: bool, strict: bool
) -> None:
    assert dmarc.is_aligned(proved, author) is relaxed
    assert dmarc.is_aligned(proved, author, strict=True) is strict
