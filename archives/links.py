"""Addresses of archive pages, for header fields and footers. `archives.urls` has the same paths."""

from django.conf import settings

from lists.models import MailingList
from suite.mail import ids


def site(mlist: MailingList) -> str:
    """Where the list's pages stand: its domain's own web address, else the site's. No slash at the end."""
    return (mlist.domain.base_url or settings.BASE_URL).rstrip("/")


def archive(mlist: MailingList) -> str:
    return f"{site(mlist)}/lists/{mlist.list_id}/"


def permalink(mlist: MailingList, message_id: str) -> str:
    """The post's page for ever (RFC 5064): its key is the hash of the Message-ID, known before the post is filed."""
    return f"{archive(mlist)}message/{ids.id_hash(message_id)}/"
