"""What belongs to the site: headers of every answer, robots.txt, the icon, templates."""

import re
from pathlib import Path

import pytest
from django.conf import settings as site
from django.contrib.sessions.models import Session
from django.contrib.staticfiles import finders
from django.template import engines
from django.test import Client
from pytest_django import Settings

from lists.models import MailingList
from tests.support.pages import publish

TEMPLATES = site.BASE_DIR / "templates"
FILES = sorted(TEMPLATES.rglob("*.html"))


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["/", "/accounts/login/", "/nowhere/", "/robots.txt"])
def test_every_answer_carries_the_policy(client: Client, url: str) -> None:
    answer = client.get(url)

    policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"


@pytest.mark.django_db
@pytest.mark.feature("look.no-cookie")
def test_reading_needs_no_cookie_and_a_form_gets_a_guarded_one(
    dev: MailingList, client: Client, settings: Settings
) -> None:
    settings.CSRF_COOKIE_SECURE = True  # as on every site whose BASE_URL is https
    post = publish(dev)
    front = "/lists/dev.example.org/"
    pages = ["/", front, f"{front}thread/{post.thread_id}/", f"{front}message/{post.message_id_hash}/"]

    reading = {page: (client.get(page).status_code, dict(client.cookies)) for page in pages}
    client.get("/accounts/login/")

    assert reading == dict.fromkeys(pages, (200, {}))
    assert Session.objects.count() == 0
    assert list(client.cookies) == ["csrftoken"]
    cookie = client.cookies["csrftoken"]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")


def test_robots_are_told_what_to_leave_alone(client: Client) -> None:
    answer = client.get("/robots.txt")

    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert "Disallow: /lists/*/raw\n" in answer.content.decode()


def test_the_icon_is_found(client: Client) -> None:
    location = client.get("/favicon.ico")["Location"]

    assert finders.find(location.removeprefix(site.STATIC_URL)) is not None


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(TEMPLATES)))
def test_templates_compile_and_hold_no_inline_code(file: Path) -> None:
    source = file.read_text()

    engines["django"].get_template(str(file.relative_to(TEMPLATES)))
    assert re.findall(r"\sstyle=|\son[a-z]+=|<style|<script(?! src=)|javascript:|https?://", source) == []


@pytest.mark.parametrize("name", ["css/site.css", "js/site.js", "img/favicon.svg"])
def test_our_own_files_ask_nobody_else(name: str) -> None:
    source = (site.BASE_DIR / "static" / name).read_text()

    assert re.findall(r"@import|url\(|https?://(?!www\.w3\.org/2000/svg)|innerHTML|eval\(", source) == []


# --- colours ----------------------------------------------------------------------------------------------------------

CSS = (site.BASE_DIR / "static/css/site.css").read_text()
AVATARS = dict(re.findall(r"\.(avatar-\d) \{ background: (#\w{6})", CSS))
TEXT_ON = [
    *((ink, ground) for ink in ("ink", "soft", "accent", "danger") for ground in ("paper", "sheet", "shade")),
    ("accent-ink", "accent"),
    ("ink", "accent-soft"),
    ("ink", "good-soft"),
]
"""Which colour is written in on which."""


def palettes() -> dict[str, dict[str, str]]:
    """Scheme to the variables that hold in it."""
    blocks = re.findall(r"^(:root, \[|\[)data-bs-theme=\"(\w+)\"\] \{(.*?)\}", CSS, re.DOTALL | re.MULTILINE)
    return {scheme: dict(re.findall(r"--([\w-]+): (#\w{6})", body)) for _, scheme, body in blocks}


def luminance(colour: str) -> float:
    """WCAG 2.2's relative luminance."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted(map(luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(scheme: str) -> None:
    """WCAG 2.2, 1.4.3: 4.5 to 1."""
    colours = palettes()[scheme]

    weak = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in TEXT_ON}

    assert {pair: ratio for pair, ratio in weak.items() if ratio < 4.5} == {}


def test_initials_stand_out_from_their_disc() -> None:
    white = palettes()["light"]["avatar-ink"]

    assert {name: contrast(white, ground) for name, ground in AVATARS.items() if contrast(white, ground) < 4.5} == {}
    assert len(AVATARS) == 8


def test_dark_is_the_same_by_choice_and_by_the_systems_wish() -> None:
    [wish] = re.findall(r":root:not\(\[data-bs-theme\]\) \{(.*?)\}", CSS, re.DOTALL)

    assert dict(re.findall(r"--([\w-]+): (#\w{6})", wish)) == palettes()["dark"]
