"""What we use of Python's library is still there in later versions."""

import ast

import pytest

from tests.support.environment import ROOT

GONE = {
    *(
        "aifc",
        "asynchat",
        "asyncore",
        "audioop",
        "cgi",
        "cgitb",
        "chunk",
        "crypt",
        "distutils",
        "imghdr",
        "imp",
        "lib2to3",
    ),
    *("mailcap", "msilib", "nis", "nntplib", "ossaudiodev", "pipes", "smtpd", "sndhdr", "spwd", "sunau", "telnetlib"),
    *("uu", "xdrlib"),
}
"""Gone from Python 3.12 and 3.13 (PEP 594)."""
APPS = ("suite", "delivery", "moderation", "archives", "lists", "accounts")


def imports(source: str) -> set[str]:
    """First words of the modules that a source imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.feature("core.runner.nntp")
def test_nothing_that_python_3_13_lacks_is_imported() -> None:
    sources = [path for app in APPS for path in (ROOT / app).rglob("*.py")]

    found = {path.name: gone for path in sources if (gone := imports(path.read_text()) & GONE)}

    assert len(sources) > 400
    assert found == {}


def test_it_would_be_seen() -> None:
    assert imports("def f():\n    import nntplib\n    from crypt import crypt\n") & GONE == {"nntplib", "crypt"}
