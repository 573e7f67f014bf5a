"""The rules there are, by name. `moderation.chains` says in which order they are asked."""

from moderation.rules.administrivia import Administrivia
from moderation.rules.approved import Approved
from moderation.rules.banned_address import BannedAddress
from moderation.rules.base import Rule
from moderation.rules.clamav import ClamAV
from moderation.rules.digests import Digests
from moderation.rules.dmarc_mitigation import DmarcMitigation
from moderation.rules.emergency import Emergency
from moderation.rules.flood import Flood
from moderation.rules.header_checks import HeaderChecks
from moderation.rules.header_match import HeaderMatch
from moderation.rules.implicit_dest import ImplicitDestination
from moderation.rules.loop import Loop
from moderation.rules.max_recipients import MaxRecipients
from moderation.rules.max_size import MaxSize
from moderation.rules.member_moderation import MemberModeration
from moderation.rules.news_moderation import NewsModeration
from moderation.rules.no_senders import NoSenders
from moderation.rules.no_subject import NoSubject
from moderation.rules.nonmember_moderation import NonmemberModeration
from moderation.rules.probation import Probation
from moderation.rules.probation_limits import ProbationLimits
from moderation.rules.rspamd import Rspamd
from moderation.rules.sender_limit import SenderLimit
from moderation.rules.spamassassin import SpamAssassin
from moderation.rules.suspicious_header import SuspiciousHeader

RULES: tuple[Rule, ...] = (
    DmarcMitigation(),
    NoSenders(),
    Approved(),
    Loop(),
    BannedAddress(),
    HeaderChecks(),
    HeaderMatch(),
    ClamAV(),
    SpamAssassin(),
    Rspamd(),
    Emergency(),
    Flood(),
    SenderLimit(),
    MemberModeration(),
    NonmemberModeration(),
    ProbationLimits(),
    Probation(),
    Administrivia(),
    ImplicitDestination(),
    MaxRecipients(),
    MaxSize(),
    NewsModeration(),
    NoSubject(),
    Digests(),
    SuspiciousHeader(),
)

BY_NAME: dict[str, Rule] = {rule.name: rule for rule in RULES}
"""And those of plugins (`suite.plugging`)."""
