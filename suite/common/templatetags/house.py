"""What every page may need: dates, people's initials, and links to other pages of a long list."""

import zlib
from datetime import datetime
from typing import Any

from django import template
from django.core.paginator import Page
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince

register = template.Library()

HUES = 8
"""Colours of avatars that site.css knows: avatar-0 to avatar-7."""
_RECENT = 30 * 24 * 3600


@register.filter
def when(moment: datetime | None) -> SafeString | str:
    """`3 hours ago` while that says something, else the day; the exact time is in the element for who wants it."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    age = (timezone.now() - moment).total_seconds()
    near = 60 <= age < _RECENT
    text = f"{timesince(moment, depth=1)} ago" if near else "just now" if 0 <= age < 60 else date_format(local, "j M Y")
    return _time(local, text)


@register.filter
def exactly(moment: datetime | None) -> SafeString | str:
    """Day and minute, with the zone."""
    if moment is None:
        return ""
    local = timezone.localtime(moment)
    return _time(local, date_format(local, "j M Y, H:i T"))


def _time(local: datetime, text: str) -> SafeString:
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        local.isoformat(timespec="seconds"),
        date_format(local, "l, j F Y, H:i T"),
        text,
    )


@register.simple_tag
def avatar(name: str, key: str = "") -> SafeString:
    """A coloured disc with the person's initials: nothing is asked of any other site. `key` chooses the colour."""
    words = [word for word in name.split() if word[0].isalnum()]
    letters = "".join(word[0] for word in (words[:1] + words[1:][-1:])) or "?"
    hue = zlib.crc32((key or name).lower().encode("utf-8", "replace")) % HUES
    return format_html('<span class="avatar avatar-{}" aria-hidden="true">{}</span>', hue, letters.upper())


@register.inclusion_tag("_pages.html", takes_context=True)
def page_links(context: template.Context, page: "Page[Any]") -> dict[str, Any]:
    """Links to the pages around this one; what else stands in the address stays."""
    request = context.get("request")
    query = request.GET.copy() if request else None
    if query is not None:
        query.pop("page", None)
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return {"page": page, "numbers": list(numbers), "query": query.urlencode() if query else ""}
