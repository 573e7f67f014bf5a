"""Renew static/vendor from npm packages: `make vendor`.

To take a new version, change its line in PACKAGES and run this once: it refuses and prints the integrity the registry
gave. Compare that with the project's own announcement, put it into the line, and run it again. What lies in
static/vendor is written by this file only; MANIFEST.json there tells version, licence and sha256 of every file, and
tests/house/test_vendor.py compares them. Needs `npm`; nobody who only runs or changes Posthouse does.
"""

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "static" / "vendor"
SOURCE_MAP = re.compile(rb"\n?(/\*# sourceMappingURL=\S+ \*/|//# sourceMappingURL=\S+)\s*$")


@dataclass(frozen=True)
class Package:
    """One npm package: what it is, and which of its files (besides LICENSE) pages use."""

    name: str
    version: str
    licence: str  # SPDX
    integrity: str  # "sha512-" and the base64 of the archive's digest, as npm writes it
    files: tuple[str, ...]

    @property
    def folder(self) -> str:
        return f"{self.name.removesuffix('.org')}-{self.version}"


PACKAGES = (
    Package(
        name="bootstrap",
        version="5.3.8",
        licence="MIT",
        integrity="sha512-HP1SZDqaLDPwsNiqRqi5NcP0SSXciX2s9E+RyqJIIqGo+vJeN5AJVM98CXmW/Wux0nQ5L7jeWUdplCEf0Ee+tg==",
        files=("dist/css/bootstrap.min.css", "dist/js/bootstrap.bundle.min.js"),
    ),
    Package(
        name="htmx.org",
        version="2.0.11",
        licence="0BSD",
        integrity="sha512-Thx/WtpeOQqSrqBCw/A1cwGJGg4UrVa3+sW0GmrM3p4gJgO89ecH4qtbnyzDDWFvBTqjnIMCgELTNt636dtamA==",
        files=("dist/htmx.min.js",),
    ),
)


def main() -> None:
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("npm is needed to renew static/vendor; install Debian's package npm.")
    with tempfile.TemporaryDirectory() as workshop:
        fresh = Path(workshop) / "vendor"
        manifest = {}
        for package in PACKAGES:
            manifest[package.folder] = unpack(package, download(package, npm, Path(workshop)), fresh)
        (fresh / "MANIFEST.json").write_text(json.dumps(manifest, indent=2) + "\n")
        shutil.rmtree(VENDOR, ignore_errors=True)
        shutil.copytree(fresh, VENDOR)


def download(package: Package, npm: str, folder: Path) -> Path:
    """The package's archive as npm delivers it, refused where its digest is not the one we know."""
    command = [npm, "pack", "--silent", "--pack-destination", str(folder), f"{package.name}@{package.version}"]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 (a table of ours)
    archive = folder / answer.stdout.split()[-1]
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if integrity != package.integrity:
        sys.exit(f"{package.name} {package.version} came with integrity {integrity}, which is not the one in PACKAGES.")
    return archive


def unpack(package: Package, archive: Path, vendor: Path) -> dict[str, object]:
    """Copy LICENSE and the wanted files into the package's folder; the manifest's entry for it."""
    folder = vendor / package.folder
    folder.mkdir(parents=True)
    digests = {}
    with tarfile.open(archive) as tar:
        for path in ("LICENSE", *package.files):
            # Source maps stay behind, so a line that points to one would be a broken link.
            content = SOURCE_MAP.sub(b"\n", read(tar, f"package/{path}"))
            (folder / Path(path).name).write_bytes(content)
            digests[Path(path).name] = hashlib.sha256(content).hexdigest()
    return {
        "package": package.name,
        "version": package.version,
        "licence": package.licence,
        "integrity": package.integrity,
        "sha256": digests,
    }


def read(tar: tarfile.TarFile, path: str) -> bytes:
    try:
        member = tar.extractfile(path)
    except KeyError:
        member = None
    if member is None:
        sys.exit(f"{path} is not in its archive.")
    return member.read()


if __name__ == "__main__":
    main()
