"""Which addresses there are, and where the MTA brings their mail."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from django.conf import settings

from lists.addressing import SUFFIXES
from lists.models import Domain, MailingList

Name = tuple[str, str]
"""A list's name and the host it is reached under."""
ANY_HOST = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what listens there is reached here


@dataclass(frozen=True, slots=True)
class Door:
    """Our LMTP door as the MTA reaches it: the path of a Unix socket, or host and port."""

    host: str
    port: int

    @classmethod
    def of_site(cls) -> Self:
        return cls(ANY_HOST.get(settings.LMTP_HOST, settings.LMTP_HOST), settings.LMTP_PORT)

    @property
    def is_socket(self) -> bool:
        return self.host.startswith("/")

    @property
    def bracketed(self) -> str:
        """The host as SMTP programs want an address that is not to be looked up."""
        return f"[{self.host}]"


@dataclass(frozen=True, slots=True)
class Book:
    """All lists and hosts, sorted. `aliases` are pairs of a host and the mail host that it stands for."""

    hosts: tuple[str, ...]
    aliases: tuple[tuple[str, str], ...]
    lists: tuple[Name, ...]

    @classmethod
    def read(cls) -> Self:
        """2 statements. An alias that is a mail host of its own is left out: its lists come first there."""
        domains = list(Domain.objects.values_list("mail_host", "alias_domain"))
        hosts = sorted(host for host, _ in domains)
        aliases = sorted((alias, host) for host, alias in domains if alias and alias not in hosts)
        lists = sorted(MailingList.objects.values_list("list_name", "domain__mail_host"), key=lambda name: name[::-1])
        return cls(tuple(hosts), tuple(aliases), tuple(lists))

    def aliased(self) -> Iterator[tuple[Name, Name]]:
        """(list under an alias, the same under its own host)."""
        named: dict[str, list[str]] = {}
        for name, host in self.lists:
            named.setdefault(host, []).append(name)
        for alias, host in self.aliases:
            yield from (((name, alias), (name, host)) for name in named.get(host, ()))

    def every_name(self) -> list[Name]:
        """All lists under all their hosts."""
        return [*self.lists, *(shown for shown, _ in self.aliased())]

    def every_host(self) -> list[str]:
        return [*self.hosts, *(alias for alias, _ in self.aliases)]


def addresses(name: Name) -> list[str]:
    """A list's nine addresses, the posting address first."""
    local, host = name
    return [f"{local}@{host}", *(f"{local}-{suffix}@{host}" for suffix in SUFFIXES)]
