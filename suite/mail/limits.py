"""How much of a letter we are willing to read. A letter beyond a limit is kept whole; only reading it stops."""

MESSAGE = 40 * 1024 * 1024
"""Octets of a whole letter, site-wide."""
HEADER_BLOCK = 256 * 1024
"""Octets of all header fields together."""
FIELDS = 2_000
"""Header fields of one letter."""
FIELD = 64 * 1024
"""Octets of one header field."""
ADDRESSES = 2_000
"""Addresses read from one field; the rest is ignored by rules."""
ENCODED_WORDS = 200
"""RFC 2047 encoded words decoded in one field; the rest is shown raw."""
MIME_DEPTH = 100
"""Levels of multiparts and enclosed messages."""
MIME_PARTS = 1_000
"""Parts of one letter, counted over all levels."""
LINE = 1024 * 1024
"""Octets of one line on the way in."""
HEADER_LINE = 998
"""Octets of one header line on the way out, without its line end (RFC 5322 §2.1.1)."""
REFERENCES = 100
"""Message-IDs used for threading; the newest are kept."""
FILENAME = 255
"""Octets (UTF-8) of an attachment's name after cleaning."""
BODY_TEXT = 1_000_000
"""Characters of text taken from a letter for the archive and the rules."""
ADDRESS = 254
"""Octets of an address (RFC 5321 §4.5.3.1.3, without the angle brackets)."""


class LimitExceeded(ValueError):
    """A letter is bigger, deeper or longer than ``limit`` (the name of a constant above) allows."""

    def __init__(self, limit: str) -> None:
        super().__init__(f"limit {limit} exceeded")
        self.limit = limit
