"""Styles: starting points for new lists. They apply once, at creation, and change no list that is there.

Three are built in; a site's own are rows (`models.Style`), which cannot take a built-in name.
"""

from typing import Any

from lists.enums import Action, ArchivePolicy, SubscriptionPolicy
from lists.errors import UnknownStyle
from lists.models import Style

BUILT_IN: dict[str, tuple[str, dict[str, Any]]] = {
    "legacy-default": ("Ordinary mailing list: members discuss, the archive is public.", {}),
    "legacy-announce": (
        "Announcements: a few people post, everybody else's posts are held.",
        {"allow_list_posts": False, "default_member_action": Action.HOLD},
    ),
    "private-default": (
        "Ordinary mailing list that is not advertised, with a private archive and moderated joining.",
        {
            "advertised": False,
            "archive_policy": ArchivePolicy.PRIVATE,
            "subscription_policy": SubscriptionPolicy.CONFIRM_THEN_MODERATE,
        },
    ),
}
"""Name -> (description, the settings that differ from the models' defaults)."""


def style_settings(name: str) -> dict[str, Any]:
    """What the style sets. Raises UnknownStyle."""
    if name in BUILT_IN:
        return dict(BUILT_IN[name][1])
    style = Style.objects.filter(name=name).first()
    if style is None:
        raise UnknownStyle(f"There is no style named {name}.")
    return dict(style.settings)


def styles() -> dict[str, str]:
    """Name -> description, the built-in ones first. One query."""
    own = Style.objects.exclude(name__in=BUILT_IN).order_by("name").values_list("name", "description")
    return {name: description for name, (description, _) in BUILT_IN.items()} | dict(own)


def style_names() -> list[str]:
    return list(styles())


def apply_default_prefix(values: dict[str, Any], display_name: str) -> dict[str, Any]:
    """The values with `[Display Name] ` as subject prefix, unless they have one."""
    return {"subject_prefix": f"[{display_name[:120]}] ", **values}
