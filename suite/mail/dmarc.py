"""What a domain asks of receivers for mail in its name that cannot be proved: DMARC (RFC 9989).

Pure: who asks DNS is the caller's matter. The policy is found by the tree walk (§4.10); the public suffix list says only which
of the names in between matter when DNS has trouble with them.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from publicsuffixlist import PublicSuffixList

WALKED = 8
"""Names that a tree walk asks about at most (§4.10): the domain, and from seven labels on each above it."""


class Wish(StrEnum):
    """What the owner of a domain wants done with mail that fails."""

    NONE = "none"
    QUARANTINE = "quarantine"
    REJECT = "reject"


MILDER = {Wish.NONE: Wish.NONE, Wish.QUARANTINE: Wish.NONE, Wish.REJECT: Wish.QUARANTINE}
"""What a wish amounts to while its owner is testing (`t=y`, §4.7)."""


@dataclass(frozen=True, slots=True)
class Record:
    """A DMARC record. `subdomains` and `missing` are for names below, and for those that do not exist; None = not said."""

    wish: Wish
    subdomains: Wish | None = None
    missing: Wish | None = None
    testing: bool = False
    strict_dkim: bool = False
    strict_spf: bool = False
    """Whether only this very domain may prove who a letter is from, and none of its organisation (`adkim=s`, `aspf=s`, §4.7)."""
    suffix: str = ""
    """`psd`: "y" says that this is a public suffix, "n" that it is an organisational domain."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What holds for a domain. `source` is where the record stands, empty without one; `trouble`: DNS did not say."""

    domain: str
    wish: Wish = Wish.NONE
    source: str = ""
    trouble: bool = False
    strict_dkim: bool = False
    strict_spf: bool = False
    """As the record says of signatures and of return paths."""

    @property
    def forbids(self) -> bool:
        """Whether members might not get mail in this domain's name that the list has touched."""
        return self.trouble or self.wish is not Wish.NONE

    def __str__(self) -> str:
        if self.trouble:
            return f"DNS does not say what {self.domain} asks for"
        return f"{self.source or self.domain} asks for p={self.wish.value}"


Texts = Callable[[str], list[bytes] | None]
"""A name's TXT records; None where DNS has trouble."""


def read_record(texts: Iterable[bytes]) -> Record | None:
    """The one DMARC record among the texts; None where there is none, or several (§4.10 step 2), or one that asks nothing."""
    records = [record for record in map(_tags, texts) if record is not None]
    if len(records) != 1:
        return None
    [tags] = records
    wish = _wish(tags.get("p"))
    if wish is None and "mailto:" not in tags.get("rua", "").lower():
        return None
    return Record(
        wish=wish or Wish.NONE,
        subdomains=_wish(tags.get("sp")),
        missing=_wish(tags.get("np")),
        testing=tags.get("t", "").lower() == "y",
        strict_dkim=tags.get("adkim", "").lower() == "s",
        strict_spf=tags.get("aspf", "").lower() == "s",
        suffix=tags.get("psd", "").lower(),
    )


def _tags(text: bytes) -> dict[str, str] | None:
    """Tag to value of a DMARC record, the first of each (§4.6); None for a text that is none."""
    pairs = [spec.partition("=") for spec in text.decode("utf-8", "replace").split(";")]
    first = pairs[0]
    if first[0].strip() != "v" or first[2].strip() != "DMARC1":
        return None
    tags: dict[str, str] = {}
    for name, equals, value in pairs:
        if equals:
            tags.setdefault(name.strip().lower(), value.strip())
    return tags


def _wish(value: str | None) -> Wish | None:
    return Wish(value.lower()) if value is not None and value.lower() in set(Wish) else None


def policy(domain: str, texts: Texts, exists: Callable[[str], bool]) -> Policy:
    """The policy for mail From this domain, which is given in A-labels. Asks about at most WALKED names.

    `exists` says whether a domain exists; it is asked only where the answer matters (`np`).
    """
    own = texts(f"_dmarc.{domain}")
    if own is None:
        return Policy(domain, trouble=True)
    record = read_record(own)
    if record is not None:
        return _policy(domain, record, record.wish, domain)
    found, troubled = _walk(domain, texts)
    if organisational_domain(domain) in troubled:
        return Policy(domain, trouble=True)
    if found is None:
        return Policy(domain)
    source, record = found
    below = record.subdomains or record.wish
    if record.missing is not None and record.missing is not below and not exists(domain):
        below = record.missing
    return _policy(domain, record, below, source)


def _policy(domain: str, record: Record, wish: Wish, source: str) -> Policy:
    asked = MILDER[wish] if record.testing else wish
    return Policy(domain, asked, source, strict_dkim=record.strict_dkim, strict_spf=record.strict_spf)


def is_aligned(proved: str, author: str, *, strict: bool = False) -> bool:
    """Whether a proof of one domain is one for the author's: of the same organisation, or, strictly, the same name (§4.4)."""
    if strict:
        return proved.lower().rstrip(".") == author.lower().rstrip(".")
    return organisational_domain(proved) == organisational_domain(author)


def _walk(domain: str, texts: Texts) -> tuple[tuple[str, Record] | None, set[str]]:
    """(name and record that hold for this domain, which has none of its own; names with which DNS had trouble). §4.10.2"""
    found: dict[str, Record] = {}
    troubled = set()
    for name in _above(domain):
        answer = texts(f"_dmarc.{name}")
        if answer is None:
            troubled.add(name)
            continue
        record = read_record(answer)
        if record is None:
            continue
        if record.suffix == "n":
            return (name, record), troubled
        if record.suffix == "y":
            below = next((known for known in found if known.partition(".")[2] == name), name)
            return (below, found.get(below, record)), troubled
        found[name] = record
    return (list(found.items())[-1] if found else None), troubled


def _above(domain: str) -> Iterator[str]:
    """The names above, from the seventh label on; the root is none."""
    labels = domain.split(".")
    start = max(1, len(labels) - (WALKED - 1))
    for cut in range(start, len(labels)):
        yield ".".join(labels[cut:])


def organisational_domain(domain: str) -> str:
    """The registrable domain by the public suffix list as shipped; a public suffix is its own."""
    lower = domain.lower().strip(".")
    return _suffixes().privatesuffix(lower) or lower


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
