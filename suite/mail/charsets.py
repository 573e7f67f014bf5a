"""Bytes to text, whatever their label says: never raises, never yields lone surrogates."""

import codecs
import re
from functools import lru_cache

# Labels seen in the wild that Python does not know, or that a wider charset reads better.
_ALIASES = {
    "ansi_x3.4-1968": "ascii",
    "cp-850": "cp850",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "iso-2022-jp": "iso2022_jp_ext",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "sjis": "cp932",
    "macintosh": "mac_roman",
    "x-mac-roman": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
    "unicode-1-1-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8",
    "utf-8mb4": "utf-8",
    "utf8mb4": "utf-8",
    "x-utf-8": "utf-8",
    "windows-874": "cp874",
    "x-windows-874": "cp874",
    "x-windows-949": "cp949",
}
# Text codecs of Python that are no charsets of mail; some of them are slow on hostile input.
_FORBIDDEN = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem", "rot13"}
_SURROGATES = re.compile("[\ud800-\udfff]")


@lru_cache(maxsize=256)
def codec(label: str) -> str | None:
    """The Python codec for a charset label of mail, or None when there is none."""
    name = label.strip(" \t\"'").lower()
    if not name or len(name) > 40 or not name.isascii() or not name.isprintable():
        return None
    try:
        info = codecs.lookup(_ALIASES.get(name, name))
    except (LookupError, ValueError):
        return None
    is_text: bool = getattr(info, "_is_text_encoding", True)
    return info.name if is_text and info.name.replace("-", "_") not in _FORBIDDEN else None


@lru_cache(maxsize=256)
def exact_codec(label: str) -> str | None:
    """The codec to write with under this very label: no wider one, none that is not ASCII's superset in 8 bits."""
    name = label.strip(" \t\"'").lower()
    if codec(name) is None or name.startswith(("utf-16", "utf-32", "utf-7", "utf16", "utf32", "unicode")):
        return None
    try:
        return codecs.lookup(name).name
    except LookupError:
        return None


def to_text(data: bytes, charset: str = "") -> str:
    """Decode ``data``. Order: the label, UTF-8, Windows-1252, Latin-1; with a good label bad bytes become U+FFFD.

    Undeclared and ``us-ascii`` bytes are tried as UTF-8 first, as every mail reader does.
    """
    name = codec(charset) if charset else None
    if name is None or name in ("ascii", "utf-8"):
        return _guess(data, utf8=name == "utf-8")
    try:
        return _whole(data.decode(name))
    except UnicodeError:
        if name == "cp1252":
            return data.decode("latin-1")
    try:
        return data.decode("utf-8")
    except UnicodeError:
        return _whole(data.decode(name, "replace"))


def _guess(data: bytes, *, utf8: bool) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeError:
        if utf8:
            return data.decode("utf-8", "replace")
    try:
        return data.decode("cp1252")
    except UnicodeError:
        return data.decode("latin-1")


def _whole(text: str) -> str:
    """UTF-7 and friends can smuggle lone surrogates, which no database and no UTF-8 page takes."""
    return _SURROGATES.sub("�", text)
