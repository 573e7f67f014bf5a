"""Whether the mail sandbox may be looked into, for menus."""

from django import template

from delivery.sandbox import access

register = template.Library()


@register.simple_tag(takes_context=True)
def sandbox_is_open(context: template.Context) -> bool:
    """To the person who asks for this page. No query."""
    request = context.get("request")
    return request is not None and access.is_open(getattr(request, "user", None))
