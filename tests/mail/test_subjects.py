import pytest

from suite.mail import subjects


@pytest.mark.parametrize(
    ("subject", "prefix", "number", "expected"),
    [
        ("Hi", "[Dev] ", None, "[Dev] Hi"),
        ("Re: [Dev] Hi", "[Dev] ", None, "[Dev] Re: Hi"),
        ("[Dev] Re: Hi", "[Dev] ", None, "[Dev] Re: Hi"),
        ("[Dev] Re: [Dev] Re: Hi", "[Dev] ", None, "[Dev] Re: Hi"),
        ("[dev] Hi", "[Dev] ", None, "[Dev] Hi"),
        ("Fwd: [Dev] Hi", "[Dev] ", None, "[Dev] Fwd: Hi"),
        ("Re: AW: SV: VS: Hi", "[Dev] ", None, "[Dev] Re: Hi"),
        ("Re[2]: Antw : Hi", "[Dev] ", None, "[Dev] Re: Hi"),
        ("Re:", "[Dev] ", None, "[Dev] Re: (no subject)"),
        ("", "[Dev] ", None, "[Dev] (no subject)"),
        ("  ", "[Dev] ", None, "[Dev] (no subject)"),
        ("[Dev]", "[Dev] ", None, "[Dev] (no subject)"),
        ("Re: [Dev 6] Hi", "[Dev %d] ", 7, "[Dev 7] Re: Hi"),
        ("Re: [Dev 00006] Hi", "[Dev %05d] ", 7, "[Dev 00007] Re: Hi"),
        ("Hi", "[100% Dev] ", 7, "[100% Dev] Hi"),
        ("Hi", "%s %(x)s {0} ", 7, "%s %(x)s {0} Hi"),
        ("development", "dev ", None, "dev development"),
        ("dev ment", "dev ", None, "dev ment"),
        ("Reading list", "[Dev] ", None, "[Dev] Reading list"),
        ("Hi", "[Dev]", None, "[Dev]Hi"),
        ("回复：Hi", "[Dev] ", None, "[Dev] Re: Hi"),
        ("Re： Hi", "[Dev] ", None, "[Dev] Re: Hi"),
    ],
)
def test_add_prefix(subject: str, prefix: str, number: int | None, expected: str) -> None:
    assert subjects.add_prefix(subject, prefix, number) == expected


@pytest.mark.parametrize(
    ("subject", "prefix", "expected"),
    [
        ("[Dev] Hi", "[Dev] ", "Hi"),
        ("Re: [Dev] Hi", "[Dev] ", "Re: Hi"),
        ("Re: [Dev 12] Hi", "[Dev %d]", "Re: Hi"),
        ("Hi", "", "Hi"),
        ("[Developers] Hi", "[Dev] ", "[Developers] Hi"),
    ],
)
def test_strip_prefix(subject: str, prefix: str, expected: str) -> None:
    assert subjects.strip_prefix(subject, prefix) == expected


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Hi", "hi"),
        ("Re: Hi", "hi"),
        ("RE: re: Re[2]: Re(3): AW: Hi", "hi"),
        ("[Dev] Re: [Other] Fwd: Hi", "hi"),
        ("Hi (fwd)", "hi"),
        ("Re:  two   spaces", "two spaces"),
        ("[only-a-tag]", "[only-a-tag]"),
        ("Re: [only-a-tag]", "[only-a-tag]"),
        ("回复：Hi", "hi"),
        ("Re:", ""),
        ("", ""),
    ],
)
def test_base_subject(subject: str, expected: str) -> None:
    assert subjects.base_subject(subject) == expected


def test_prefix_of_many_numbers_is_no_trap_for_long_subjects() -> None:
    assert subjects.add_prefix(" " * 50_000 + "x", "[%d%d%d%d%d%d%d%d] ", 1) == "[11111111] x"


def test_add_prefix_twice_changes_nothing() -> None:
    once = subjects.add_prefix("Re: Hi", "[Dev %d] ", 3)
    assert subjects.add_prefix(once, "[Dev %d] ", 3) == once


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Help me", "Help me"),
        ("Re: AW: Fwd: Help", "Help"),
        ("Re[2]: [Dev] Re: Help", "[Dev] Re: Help"),
        ("回复：confirm 12", "confirm 12"),
        ("Re:", ""),
        ("", ""),
    ],
)
def test_without_reply_marks(subject: str, expected: str) -> None:
    assert subjects.without_reply_marks(subject) == expected


@pytest.mark.parametrize(
    "mark",
    [
        "Antwort",
        "Rif",
        "YNT",
        "Atb",
        "VÁ",
        "Ats",
        "BLS",
        "ΑΠ",
        "Отв",
        "回复",
        "回覆",
        "答复",
        "返信",
        "회신",
        "رد",
        "השב",
    ],
)
def test_marks_of_replies_in_many_languages_become_one(mark: str) -> None:
    assert subjects.add_prefix(f"{mark}: Re: [Dev] {mark}：Hi", "[Dev] ", None) == "[Dev] Re: Hi"


@pytest.mark.parametrize("subject", ["R: plots", "Ref: 4711", "Fwd: news", "WG: news", "Reform: now", "回复 later"])
def test_what_is_no_mark_of_a_reply_stays(subject: str) -> None:
    assert subjects.add_prefix(subject, "[Dev] ", None) == f"[Dev] {subject}"
