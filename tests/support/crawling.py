"""What mail scanners do: fetch every address in a mail, before anybody has read it."""

import email
import email.policy
import re
from collections.abc import Iterable

from django.apps import apps
from django.test import Client

_LINK = re.compile(r"https?://[^\s<>\"')]+")
APPS = ("accounts", "lists", "archives", "moderation", "delivery", "common")


def links(mail: bytes) -> list[str]:
    """Every web address in the header and the text parts of a mail, each once."""
    message = email.message_from_bytes(mail, policy=email.policy.default)
    texts = [*message.values()]
    for part in message.walk():
        if part.get_content_maintype() == "text":
            texts.append(part.get_content())
    return list(dict.fromkeys(found for text in texts for found in _LINK.findall(str(text))))


def crawl(addresses: Iterable[str], times: int = 2) -> dict[str, set[int]]:
    """GET and HEAD each of them as a stranger without cookies. Path to the status codes."""
    seen: dict[str, set[int]] = {}
    for address in addresses:
        path = "/" + address.split("://", 1)[1].partition("/")[2]
        for _ in range(times):
            for method in ("get", "head"):
                answer = getattr(Client(), method)(path)
                seen.setdefault(path, set()).add(answer.status_code)
    return seen


def everything() -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table of ours, but for sessions and caches."""
    models = [model for label in APPS for model in apps.get_app_config(label).get_models()]
    return {model._meta.label: list(model._default_manager.order_by("pk").values_list()) for model in models}
