"""A real browser for tests and pictures: Debian's Chromium, driven by Playwright, that reaches nothing but this machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.support.requires import program
from tests.support.waiting import PATIENCE

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
PHONE = 360
DESKTOP = 1280

_WATCH = """
    window.violations = [];
    document.addEventListener("securitypolicyviolation", (event) => {
        window.violations.push(event.violatedDirective + " " + event.blockedURI);
    });
"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium, as long as the block lasts."""
    with sync_playwright() as playwright:
        path = program("chromium", "chromium-browser")
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS, timeout=PATIENCE * 1000)
        yield browser
        browser.close()


@contextmanager
def opened(
    browser: Browser, base: str, *, width: int = PHONE, scheme: str = "light", session: str = "", scripts: bool = True
) -> Iterator[BrowserContext]:
    """A fresh profile of that width and colour scheme; `session` is the session cookie of who is signed in."""
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
        java_script_enabled=scripts,
        base_url=base,
    )
    context.set_default_timeout(PATIENCE * 1000)
    context.add_init_script(_WATCH)
    if session:
        context.add_cookies([{"name": "sessionid", "value": session, "url": base}])
    yield context
    context.close()


@dataclass
class Findings:
    """What went wrong on a page; empty lists are good news."""

    status: int = 0
    errors: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    too_wide: list[str] = field(default_factory=list)
    not_accessible: list[str] = field(default_factory=list)


_TOO_WIDE = """() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    return [...document.body.querySelectorAll("*")]
        .filter((element) => element.getBoundingClientRect().right > width + 0.5)
        .map((element) => element.tagName + "." + element.className).slice(0, 5);
}"""
_NOT_ACCESSIBLE = """() => {
    const wrong = [];
    if (document.querySelectorAll("h1").length !== 1) wrong.push("not one h1");
    if (document.querySelectorAll("main").length !== 1) wrong.push("not one main");
    if (!document.documentElement.lang) wrong.push("no language");
    for (const field of document.querySelectorAll("input:not([type=hidden]), textarea, select"))
        if (!field.labels.length && !field.ariaLabel) wrong.push("no label: " + field.name);
    for (const image of document.querySelectorAll("img:not([alt])")) wrong.push("no alt: " + image.src);
    for (const link of document.querySelectorAll("a, button, summary"))
        if (!link.textContent.trim() && !link.ariaLabel) wrong.push("no name: " + link.outerHTML.slice(0, 80));
    const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
    for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) wrong.push("id twice: " + id);
    return wrong;
}"""


def inspect(page: Page, base: str, url: str) -> Findings:
    """Open the page and look at it."""
    found = Findings()
    page.on("console", lambda message: found.errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: found.errors.append(str(error)))
    page.on("request", lambda request: found.elsewhere.append(request.url) if _is_foreign(request.url, base) else None)
    answer = page.goto(url, wait_until="load")
    found.status = answer.status if answer else 0
    found.violations = page.evaluate("window.violations || []")
    found.too_wide = page.evaluate(_TOO_WIDE)
    found.not_accessible = page.evaluate(_NOT_ACCESSIBLE)
    return found


def _is_foreign(url: str, base: str) -> bool:
    return not url.startswith((base, "data:", "about:"))
