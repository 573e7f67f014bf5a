"""Arguments of MAIL and RCPT (RFC 5321 §4.1.2)."""

import pytest

from delivery.lmtp.paths import LONGEST, BadAddress, BadSyntax, Path, parse

GOOD = {
    "<bart@example.com>": Path("bart@example.com"),
    " <bart@example.com>": Path("bart@example.com"),
    "<>": Path(""),
    "<bart@example.com> SIZE=100 body=8BITMIME SMTPUTF8": Path(
        "bart@example.com", {"SIZE": "100", "BODY": "8BITMIME", "SMTPUTF8": ""}
    ),
    '<"bart > b"@example.com>': Path('"bart > b"@example.com'),
    r'<"a\"b"@example.com>': Path(r'"a\"b"@example.com'),
    "<@mx.example.net,@relay.example.net:bart@example.com>": Path("bart@example.com"),
    "<dev+any=thing@example.org>": Path("dev+any=thing@example.org"),
    "<bärt@bücher.example>": Path("bärt@bücher.example"),
    "<bart@[192.0.2.1]>": Path("bart@[192.0.2.1]"),
    f"<{'x' * (LONGEST - 12)}@example.com>": Path(f"{'x' * (LONGEST - 12)}@example.com"),
}
BAD_SYNTAX = ("", "bart@example.com", "<bart@example.com", "<a b@example.com>", "<a>b@example.com>", "<b@example.com>x",
              '<"bart@example.com>', "<b@example.com> =", "<b@example.com> SIZE==1")  # fmt: skip
BAD_ADDRESS = ("<bart>", "<bart@>", "<@example.com>", f"<{'x' * (LONGEST - 11)}@example.com>")


@pytest.mark.parametrize(("argument", "path"), GOOD.items(), ids=str)
def test_argument_is_read(argument: str, path: Path) -> None:
    assert parse(f"FROM:{argument}", "FROM:") == parse(f"from:{argument}", "FROM:") == path


@pytest.mark.parametrize("argument", BAD_SYNTAX)
def test_what_is_no_argument(argument: str) -> None:
    with pytest.raises(BadSyntax):
        parse(f"FROM:{argument}", "FROM:")


@pytest.mark.parametrize("argument", BAD_ADDRESS)
def test_what_is_no_address(argument: str) -> None:
    with pytest.raises(BadAddress):
        parse(f"FROM:{argument}", "FROM:")


def test_other_keyword_is_no_argument() -> None:
    with pytest.raises(BadSyntax):
        parse("TO:<bart@example.com>", "FROM:")


@pytest.mark.parametrize("hostile", ['<"' + "\\" * 4000, "<" + "@a," * 1300, "<" + '"' * 4000 + ">", "<" + "<" * 4000])
def test_hostile_argument_is_refused_in_linear_time(hostile: str) -> None:
    with pytest.raises((BadSyntax, BadAddress)):
        parse(f"FROM:{hostile}", "FROM:")
