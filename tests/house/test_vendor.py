"""Front-end files of others: each is the one its manifest names, has its licence, and links to nothing absent."""

import hashlib
import json
import re
from pathlib import Path

VENDOR = Path(__file__).resolve().parent.parent.parent / "static" / "vendor"
MANIFEST = json.loads((VENDOR / "MANIFEST.json").read_text())


def test_vendored_files_are_those_of_the_manifest() -> None:
    found = {
        path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "MANIFEST.json"
    }

    told = {
        f"{folder}/{name}": digest for folder, entry in MANIFEST.items() for name, digest in entry["sha256"].items()
    }

    assert found == told


def test_every_package_has_version_licence_and_its_text() -> None:
    packages = {
        folder: (entry["version"], bool(entry["licence"]), "LICENSE" in entry["sha256"])
        for folder, entry in MANIFEST.items()
    }

    assert packages == {folder: (folder.rpartition("-")[2], True, True) for folder in MANIFEST}


def test_no_vendored_file_links_elsewhere() -> None:
    links = {
        path.name: re.findall(rb"sourceMappingURL|@import|url\((?![\"']?(?:data:|#))", path.read_bytes())
        for path in VENDOR.rglob("*.min.*")
    }

    assert [name for name, found in links.items() if found] == []
