"""Exim, Sendmail, qmail and OpenSMTPD: what each needs to know, in its own words."""

from pathlib import Path

from delivery.mta.book import Book, Door, addresses
from delivery.mta.patterns import pattern

_NOTE = "# Written by Posthouse whenever lists or domains come or go. Do not edit.\n"

_EXIM_MAIN = """\
# Exim, main section: the hosts of the lists. Relay to them.
domainlist posthouse_domains = lsearch;{folder}/exim_domains
"""
_EXIM_ACL = """\
# Exim, in the RCPT ACL, before mail to relay domains is accepted: Posthouse is asked about each address of a list.
deny    domains = +posthouse_domains
        message = There is no such mailbox here.
        !verify = recipient/callout=10s,defer_ok,no_cache

accept  domains = +posthouse_domains
"""
_EXIM_ROUTER = """\
# Exim, first among the routers. The door itself knows every suffix: -bounces+..., -confirm+..., -join, -leave, -owner,
# -request, -subscribe, -unsubscribe.
posthouse:
  driver = accept
  domains = +posthouse_domains
  transport = posthouse
  no_more
"""
_EXIM_SOCKET = """\
# Exim, among the transports.
posthouse:
  driver = lmtp
  socket = {host}
  batch_max = 50
  batch_id = $domain
"""
_EXIM_TRANSPORT = """\
# Exim, among the transports.
posthouse:
  driver = smtp
  protocol = lmtp
  hosts = {host}
  port = {port}
  allow_localhost
  hosts_override
  max_rcpt = 50
"""


def exim(book: Book, door: Door, folder: Path, *, size: int) -> dict[str, str]:
    """Callouts need the door on a port; over a Unix socket Exim cannot ask, only deliver."""
    transport = _EXIM_SOCKET if door.is_socket else _EXIM_TRANSPORT
    return {
        "exim_domains": _NOTE + "".join(f"{host}\n" for host in book.every_host()),
        "exim_main": _EXIM_MAIN.format(folder=folder) + f"message_size_limit = {size}\n",
        "exim_acl": _EXIM_ACL.replace("/callout=10s,defer_ok,no_cache", "") if door.is_socket else _EXIM_ACL,
        "exim_routers": _EXIM_ROUTER,
        "exim_transports": transport.format(host=door.host, port=door.port),
    }


_SENDMAIL = """\
dnl Sendmail, for sendmail.mc. Then: makemap hash /etc/mail/mailertable < {folder}/sendmail_mailertable
dnl                                  makemap hash /etc/mail/access < {folder}/sendmail_access
FEATURE(`mailertable')dnl
FEATURE(`access_db')dnl
FEATURE(`blocklist_recipients')dnl
define(`confMAX_MESSAGE_SIZE', `{size}')dnl
MAILER_DEFINITIONS
Mposthouse, P=[IPC], F=lsDFMnqXzm, S=EnvFromSMTP/HdrFromSMTP, R=EnvToSMTP, E=\\r\\n, L=0,
\tT=DNS/RFC822/SMTP, A={to}
"""


def sendmail(book: Book, door: Door, folder: Path, *, size: int) -> dict[str, str]:
    """It cannot ask while the sender is there, so the access table names every address, and refuses others of the hosts."""
    to = f"FILE {door.host}" if door.is_socket else f"TCP $h {door.port}"
    host = "localhost" if door.is_socket else door.bracketed
    known = dict.fromkeys(f"To:{address}\tRELAY\n" for name in book.every_name() for address in addresses(name))
    refused = (f"To:{host}\tERROR:5.1.1:550 There is no such mailbox here.\n" for host in book.every_host())
    return {
        "sendmail.mc": _SENDMAIL.format(folder=folder, to=to, size=size),
        "sendmail_mailertable": _NOTE + "".join(f"{name}\tposthouse:{host}\n" for name in book.every_host()),
        "sendmail_access": _NOTE + "".join(known) + "".join(refused),
    }


_QMAIL_PIPE = """\
# ~posthouse/.qmail-default, for a user posthouse to whom virtualdomains brings the lists' hosts. qmail takes 100 as "no such
# mailbox" and 111 as "try again".
|posthouse inject --sender "$SENDER" "$EXT@$HOST" || { test $? = 67 && exit 100; exit 111; }
"""


def qmail(book: Book, door: Door, folder: Path, *, size: int) -> dict[str, str]:
    """qmail pipes. `virtualdomains` and `rcpthosts` are lines for the files of that name in its control folder."""
    return {
        "qmail_virtualdomains": "".join(f"{host}:posthouse\n" for host in book.every_host()),
        "qmail_rcpthosts": "".join(f"{host}\n" for host in book.every_host()),
        "qmail_databytes": f"{size}\n",
        "qmail_dot-qmail-default": _QMAIL_PIPE,
    }


_OPENSMTPD = """\
# OpenSMTPD, for smtpd.conf, before other matches. `smtpctl update table posthouse_addresses` tells it of new lists.
table posthouse_domains file:{folder}/opensmtpd_domains
table posthouse_addresses file:{folder}/opensmtpd_addresses
# Delivery runs as some user, as any that is no person's. `relay host lmtp://` would trip over our reply for each recipient.
table posthouse_users {{ "@" = "nobody" }}
smtp max-message-size {size}
action "posthouse" lmtp "{to}" rcpt-to virtual <posthouse_users>
match from any for domain <posthouse_domains> rcpt-to regex <posthouse_addresses> action "posthouse"
"""
_OPENSMTPD_OUT = """\
# OpenSMTPD, for smtpd.conf, behind all other matches: mail out, taken from this host alone.
action "posthouse_out" relay
match from local for any action "posthouse_out"
"""


def opensmtpd(book: Book, door: Door, folder: Path, *, size: int) -> dict[str, str]:
    """Without callouts: the table has a pattern for each list, and what matches none is refused at RCPT."""
    host = door.bracketed if ":" in door.host else door.host
    to = door.host if door.is_socket else f"{host}:{door.port}"
    return {
        "opensmtpd_domains": "".join(f"{host}\n" for host in book.every_host()),
        "opensmtpd_addresses": "".join(f"{pattern(name)}\n" for name in book.every_name()),
        "opensmtpd.conf": _OPENSMTPD.format(folder=folder, to=to, size=size),
        "opensmtpd_out.conf": _OPENSMTPD_OUT,
    }
