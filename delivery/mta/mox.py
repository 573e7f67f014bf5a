"""mox: the lists' addresses as those of an account, and fetchmail to carry its mail to the door.

mox speaks no LMTP and passes mail on to no other server; what it takes, an account of its own has. It takes mail for others
from such an account, too, but only where `From` is one of the account's addresses.
"""

from pathlib import Path

from delivery.mta.book import Book, Door, addresses
from delivery.smtp import Relay

_DOMAINS = """\
# mox, for domains.conf, which it reads again when it changes: below `Domains:` and `Accounts:` there, beside the others.
Domains:
{domains}Accounts:
\tposthouse:
\t\tDomain: {domain}
\t\tDescription: Mailing lists
\t\tNoFirstTimeSenderDelay: true
\t\t# Mails and new recipients in a day, which are few without these lines.
\t\tMaxOutgoingMessagesPerDay: 1000000
\t\tMaxFirstTimeRecipientsPerDay: 1000000
\t\tDestinations:
{destinations}"""
_DOMAIN = """\
\t{host}:
\t\t# What stands behind it is for Posthouse alone.
\t\tLocalpartCatchallSeparator: +
"""
_LOGIN = """\
\t\t\t# Who sends and fetches; there is no mailbox of this name.
\t\t\t{login}:
\t\t\t\tSMTPError: 550
"""
_FETCHMAIL = """\
# fetchmail, which carries what mox has taken to the door, and leaves with mox what the door does not take. It looks for the
# password in ~/.netrc: machine {host} login {login} password ...
set daemon 30
set softbounce
set no bouncemail
poll {host} protocol imap port 993 auth password no dns envelope "Delivered-To:" localdomains {hosts}
    user "{login}" is * here ssl idle fetchall no rewrite pass8bits lmtp smtphost {door}
"""


def files(book: Book, door: Door, folder: Path, *, size: int, account: Relay) -> dict[str, str]:
    """`account` is who we are to mox, for mail out as for mail in; a list may bear its name. Before the first domain fetchmail
    is told of a host that gets no mail, for it wants one.
    """
    hosts = book.every_host()
    listed = dict.fromkeys(address for name in book.every_name() for address in addresses(name))
    login = "" if account.username in listed else _LOGIN.format(login=account.username)
    return {
        "mox_domains.conf": _DOMAINS.format(
            domains="".join(_DOMAIN.format(host=host) for host in hosts),
            domain=account.username.rpartition("@")[2],
            destinations=login + "".join(f"\t\t\t{address}: nil\n" for address in listed),
        ),
        "mox_fetchmailrc": _FETCHMAIL.format(
            host=account.host,
            login=account.username,
            hosts=" ".join(hosts) or "localhost",
            door=door.host if door.is_socket else f"{door.host}/{door.port}",
        ),
    }
