"""What stands in the addresses of archive pages."""


class MessageHash:
    """The base32 SHA-1 of a Message-ID, in any letter case."""

    regex = "[A-Za-z2-7]{32}"

    def to_python(self, value: str) -> str:
        return value.upper()

    def to_url(self, value: str) -> str:
        return value


class PartPath:
    """A part's place in the MIME tree, as in 2.1."""

    regex = r"[0-9]{1,4}(?:\.[0-9]{1,4}){0,20}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value
