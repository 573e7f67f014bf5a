"""Where a post's story is told, for pages that show the post."""

from django import template
from django.urls import reverse

from archives.models import Arrival
from delivery.services import tracing

register = template.Library()


@register.simple_tag(takes_context=True)
def trace_url(context: template.Context, post: int) -> str:
    """The page that tells what became of this post (a key); empty where who asks may not follow it, or nothing is known.

    Wants `mlist` and `access`. Two queries, none for who is not signed in.
    """
    user, mlist, access = context["request"].user, context["mlist"], context["access"]
    if mlist is None or not user.is_authenticated:
        return ""
    arrival = Arrival.objects.filter(posts=post, mlist=mlist).only("sender", "submitter").first()
    if arrival is None or not tracing.may_follow(user, access, arrival):
        return ""
    return reverse("underway:post-trace", args=(mlist.list_id, arrival.pk))
