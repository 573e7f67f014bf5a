"""Pictures of a running site's pages, on a phone and on a desktop, light and dark.

    make run
    .venv/bin/python docs/screenshots.py build/pictures --login .var/demo-login.txt

Wants Debian's chromium and playwright (requirements-dev.lock). The pages are found by following links from the front page.
"""

import argparse
import re
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WIDTHS = (390, 1280)
SCHEMES = ("light", "dark")
TRAIL = [
    ("list", r"/lists/[^/]+/$"),
    ("thread", r"/lists/[^/]+/thread/\d+/$"),
    ("post", r"/lists/[^/]+/message/\w+/$"),
]
"""Picture and the address it is of: the first such link on the page before it."""
PLACES = [("front", "/"), ("sign-in", "/accounts/login/"), ("missing", "/nowhere/"), ("sandbox", "/sandbox/")]
SIGNED_IN = [("addresses", "/accounts/email/"), ("sign-out", "/accounts/logout/")]


def main() -> int:
    options = arguments()
    chromium = shutil.which("chromium", path="/usr/bin") or shutil.which("chromium")
    if chromium is None:
        sys.exit("Chromium is not installed (Debian's package chromium).")
    options.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        for width in WIDTHS:
            for scheme in SCHEMES:
                context = browser.new_context(
                    viewport={"width": width, "height": 860}, color_scheme=scheme, base_url=options.url
                )
                page = context.new_page()
                for name, address in pages(page, options):
                    answer = page.goto(address)
                    page.screenshot(path=options.folder / f"{name}-{width}-{scheme}.png", full_page=True)
                    sys.stdout.write(f"{answer.status if answer else '-'} {width} {scheme} {address}\n")
                context.close()
        browser.close()
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, help="where the pictures go")
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="where the site is")
    parser.add_argument("--login", type=Path, help="a file with an address and a password, one line each")
    parser.add_argument("--list", default="", help="the list-id to look at; the front page's first without it")
    return parser.parse_args()


def pages(page: Page, options: argparse.Namespace) -> list[tuple[str, str]]:
    """Name and address of each picture. Signs in on the way, where there is a login."""
    found = list(PLACES)
    page.goto("/")
    for name, pattern in TRAIL:
        address = f"/lists/{options.list}/" if name == "list" and options.list else first_link(page, pattern)
        if not address:
            break
        found.append((name, address))
        page.goto(address)
    page.goto("/sandbox/")
    if mail := first_link(page, r"/sandbox/mail/\d+/$"):
        found.append(("sandbox-mail", mail))
    if options.login:
        sign_in(page, *options.login.read_text().split())
        found += SIGNED_IN
        front = next(address for name, address in found if name == "list")
        found += [("members", f"{front}members/"), ("desk", f"{front}held/")]
        page.goto(f"{front}held/")
        if held := first_link(page, r"/held/\d+/$"):
            found.append(("held", held))
    return found


def first_link(page: Page, pattern: str) -> str:
    links = page.eval_on_selector_all("main a[href]", "links => links.map(link => link.getAttribute('href'))")
    return next((link for link in links if re.search(pattern, link)), "")


def sign_in(page: Page, email: str, password: str) -> None:
    page.goto("/accounts/login/")
    page.fill("[name=login]", email)
    page.fill("[name=password]", password)
    page.click("main button[type=submit]")


if __name__ == "__main__":
    sys.exit(main())
