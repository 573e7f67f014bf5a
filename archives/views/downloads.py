"""The bytes of published letters and of what they carry. Nothing of it is ever shown by a browser as part of the site."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from archives.access import open_archive, open_attachment, open_post
from archives.models import Letter, Post
from archives.presenting import shown_text
from archives.serving import download
from suite.mail.content import attachment_bytes
from suite.mail.masking import mask_octets
from suite.mail.parse import parse


@require_safe
def raw(request: HttpRequest, list_id: str, message_hash: str) -> HttpResponse:
    """The letter as it was published. For who is signed in: it is full of addresses."""
    shelf = open_archive(request.user, list_id)
    if not shelf.insider:
        raise PermissionDenied
    post = open_post(shelf, message_hash, request.GET.get("post", ""))
    return download(bytes(_letter(post).raw), f"{message_hash}.eml", "message/rfc822")


@require_safe
def attachment(request: HttpRequest, list_id: str, message_hash: str, part: str) -> HttpResponse:
    """One part of a post. Outsiders get texts with addresses masked, and no enclosed letters."""
    shelf = open_archive(request.user, list_id)
    post = open_post(shelf, message_hash, request.GET.get("post", ""))
    found = open_attachment(post, part)
    if not shelf.insider and found.content_type.startswith("message/"):
        raise PermissionDenied
    try:
        octets = attachment_bytes(parse(bytes(_letter(post).raw)), part)
    except KeyError as error:
        raise Http404("There is no such attachment.") from error
    if not shelf.insider and found.content_type.startswith("text/"):
        octets = mask_octets(octets)
    return download(octets, shown_text(found.name, shelf), found.content_type)


def _letter(post: Post) -> Letter:
    assert post.letter is not None  # open_post() looks for posts that have one
    return post.letter
