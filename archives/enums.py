"""States and roles of what came in."""

from django.db import models

from lists.enums import Role

__all__ = ["FINAL", "WAITING", "Origin", "Role", "State"]


class Origin(models.TextChoices):
    """Which door a letter came through."""

    LMTP = "lmtp"
    INJECT = "inject"
    WEB = "web"
    API = "api"
    IMPORT = "import"
    NEWS = "news"


class State(models.TextChoices):
    """Where an arrival stands. `archives.transitions` has the table of what may follow what."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    DISTRIBUTED = "distributed"
    HELD = "held"
    REJECTED = "rejected"
    DISCARDED = "discarded"
    EXPIRED = "expired"
    PARKED = "parked"
    SHUNTED = "shunted"


WAITING = (State.RECEIVED, State.ACCEPTED)
"""States that a worker moves on from."""

FINAL = (State.DISTRIBUTED, State.REJECTED, State.DISCARDED, State.EXPIRED)
