import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from tests.mail.bounces.letters import dsn, feedback, per_recipient


def test_parse_bounce_prints_one_line_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(dsn(per_recipient("bart@example.com", "5.1.1", "550 no such user")))
    (tmp_path / "b.eml").write_bytes(feedback())
    out = StringIO()
    call_command("parse_bounce", str(tmp_path / "a.eml"), str(tmp_path / "b.eml"), stdout=out)
    assert [json.loads(line) for line in out.getvalue().splitlines()] == [
        {
            "file": str(tmp_path / "a.eml"),
            "permanent": ["bart@example.com"],
            "temporary": [],
            "kind": "bounce",
            "causes": {"bart@example.com": "no-mailbox"},
        },
        {"file": str(tmp_path / "b.eml"), "permanent": [], "temporary": [], "kind": "complaint", "causes": {}},
    ]


def test_parse_bounce_says_which_file_cannot_be_read(tmp_path: Path) -> None:
    out = StringIO()
    with pytest.raises(CommandError, match="1 of 1 files"):
        call_command("parse_bounce", str(tmp_path / "none.eml"), stdout=out)
    assert json.loads(out.getvalue())["error"] == "No such file or directory"
