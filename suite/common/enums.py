"""Choices whose names are wire values, as API and commands spell them."""

from typing import Self

from django.db import models


class WireChoices(models.IntegerChoices):
    """Integers in the database; the lower-case member name on the wire (`Action.HOLD` <-> "hold")."""

    @property
    def wire(self) -> str:
        return self.name.lower()

    @classmethod
    def from_wire(cls, word: str) -> Self:
        """The member of that name, in any letter case. Raises ValueError with the accepted values."""
        try:
            return cls[word.upper()]
        except KeyError:
            raise ValueError(f"Accepted Values are: {', '.join(cls.wire_names())}") from None

    @classmethod
    def wire_names(cls) -> list[str]:
        return [member.wire for member in cls]


class BellKind(models.TextChoices):
    """Kinds of work a bell rings for, and so the drains there are."""

    JUDGE = "judge"
    DIGEST = "digest"
    SEND = "send"
    BOUNCE = "bounce"
    ARCHIVE = "archive"
    NEWS = "news"
    ENDPOINT = "endpoint"
