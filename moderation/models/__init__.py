from moderation.models.flood import Flood
from moderation.models.header_match import HeaderMatch
from moderation.models.held_message import HeldMessage
from moderation.models.probation import Probation

__all__ = ["Flood", "HeaderMatch", "HeldMessage", "Probation"]
