from suite.common.models.bell import Bell
from suite.common.models.event import Event

__all__ = ["Bell", "Event"]
