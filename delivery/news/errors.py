"""What can go wrong with a news server."""


class NewsError(Exception):
    """The server cannot be reached, does not let us in, or does not keep to the protocol: all its work waits."""


class Refused(Exception):
    """The server does not take an article, or has no such newsgroup; other work may go on."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code} {text}".strip())
        self.code = code
        self.text = text


class TooLarge(Exception):
    """An article is larger than the site takes. The connection stands."""
