from delivery.models.archiver_copy import ArchiverCopy
from delivery.models.archiver_state import ArchiverState
from delivery.models.auto_response import AutoResponse
from delivery.models.batch import Batch
from delivery.models.bounce_event import BounceEvent
from delivery.models.delivery_pause import DeliveryPause
from delivery.models.digest_choice import DigestChoice
from delivery.models.digest_entry import DigestEntry
from delivery.models.digest_issue import DigestIssue
from delivery.models.digest_roster import DigestRoster
from delivery.models.digest_share import DigestShare
from delivery.models.domain_pace import DomainPace
from delivery.models.endpoint import Endpoint
from delivery.models.lane import Lane
from delivery.models.muted_thread import MutedThread
from delivery.models.news_feed import NewsFeed
from delivery.models.news_post import NewsPost
from delivery.models.notice import Notice
from delivery.models.outcome import Outcome
from delivery.models.outgoing_relay import OutgoingRelay, RelayRoute
from delivery.models.relay_state import RelayState
from delivery.models.rendering import Rendering

__all__ = [
    "ArchiverCopy",
    "ArchiverState",
    "AutoResponse",
    "Batch",
    "BounceEvent",
    "DeliveryPause",
    "DigestChoice",
    "DigestEntry",
    "DigestIssue",
    "DigestRoster",
    "DigestShare",
    "DomainPace",
    "Endpoint",
    "Lane",
    "MutedThread",
    "NewsFeed",
    "NewsPost",
    "Notice",
    "Outcome",
    "OutgoingRelay",
    "RelayRoute",
    "RelayState",
    "Rendering",
]
