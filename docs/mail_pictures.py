"""Pictures of mails as a reader shows them, on a phone and on a desktop, light and dark.

    .venv/bin/python docs/mail_pictures.py build/pictures one.eml two.eml

Wants Debian's chromium and playwright (requirements-dev.lock). Each part is shown as mail programs do it: text as it is, with
long lines wrapped at the window, HTML in a frame of its own without scripts or pictures from elsewhere, messages inside of
messages one below the other.
"""

import argparse
import email
import html
import shutil
import sys
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from pathlib import Path

from playwright.sync_api import sync_playwright

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WIDTHS = (390, 1280)
SCHEMES = ("light", "dark")
FRAMES_LOAD = 100
"""Milliseconds; the frames of HTML parts come in behind the page."""
FIELDS = ("From", "To", "Cc", "Subject", "Date")
PAGE = """<!doctype html><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>
:root {{ color-scheme: light dark }}
body {{ font: 16px/1.5 sans-serif; margin: 1rem auto; max-width: 46rem; padding: 0 1rem }}
dl {{ margin: 0 0 1rem; border-bottom: 1px solid gray }}
dt {{ float: left; clear: left; width: 5rem; color: gray }}
dd {{ margin: 0 0 0 5rem; overflow-wrap: anywhere }}
pre {{ font: 14px/1.5 monospace; white-space: pre-wrap; overflow-wrap: anywhere }}
iframe {{ border: 1px solid gray; width: 100%; height: 10rem; background: white }}
section {{ border-left: 3px solid gray; padding-left: 1rem }}
</style>{}"""


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
                page = browser.new_page(viewport={"width": width, "height": 600}, color_scheme=scheme)
                for path in options.mails:
                    message = email.message_from_bytes(path.read_bytes(), policy=policy.default)
                    page.set_content(PAGE.format("".join(shown(message))))
                    height = page.evaluate("document.documentElement.scrollHeight")
                    page.set_viewport_size({"width": width, "height": max(height, 600)})  # frames below it stay empty
                    page.wait_for_timeout(FRAMES_LOAD)
                    page.screenshot(path=options.folder / f"{path.stem}-{width}-{scheme}.png", full_page=True)
                page.close()
        browser.close()
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, help="where the pictures go")
    parser.add_argument("mails", type=Path, nargs="+", help="files, a mail each")
    return parser.parse_args()


def shown(message: EmailMessage) -> Iterator[str]:
    """The header that readers show, then the parts."""
    yield "<dl>"
    for name in FIELDS:
        if name in message:
            yield f"<dt>{name}<dd>{html.escape(str(message[name]))}"
    yield "</dl>"
    yield from parts(message)


def parts(message: EmailMessage) -> Iterator[str]:
    kind = message.get_content_type()
    if kind == "multipart/alternative":
        yield from parts(list(message.iter_parts())[-1])
    elif message.is_multipart() and kind != "message/rfc822":
        for part in message.iter_parts():
            yield from parts(part)
    elif kind == "message/rfc822":
        yield f"<section>{''.join(shown(message.get_content()))}</section>"
    elif kind == "text/html":
        yield f'<iframe sandbox srcdoc="{html.escape(message.get_content())}"></iframe>'
    elif kind.startswith("text/"):
        yield f"<pre>{html.escape(message.get_content())}</pre>"
    else:
        yield f"<p>Attachment: {html.escape(message.get_filename() or kind)}</p>"


if __name__ == "__main__":
    sys.exit(main())
