"""Bytes from letters as answers: saved by a browser, and never shown by it as a part of the site."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header

HARMLESS = frozenset(
    {
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/webp",
        "text/plain",
        "text/x-patch",
        "text/x-diff",
        "application/pgp-signature",
        "application/pgp-keys",
        "application/zip",
        "application/gzip",
    }
)
"""Media types that are passed on; everything else is octets, lest a browser or a helper run it."""
POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"


def download(octets: bytes, name: str, content_type: str) -> HttpResponse:
    """An answer that is saved and never shown: attachment, nosniff, sandbox, and a media type that runs nowhere."""
    safe = content_type in HARMLESS or content_type == "message/rfc822"
    response = HttpResponse(octets, content_type=content_type if safe else "application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = POLICY
    return response
