from lists.models.asked_address import AskedAddress
from lists.models.ban import Ban
from lists.models.domain import Domain
from lists.models.list_relation import ListRelation
from lists.models.mailing_list import MailingList
from lists.models.membership import Membership
from lists.models.notice_template import FetchedText, NoticeTemplate
from lists.models.pending import Pending
from lists.models.style import Style
from lists.models.topic_choice import TopicChoice

__all__ = [
    "AskedAddress",
    "Ban",
    "Domain",
    "FetchedText",
    "ListRelation",
    "MailingList",
    "Membership",
    "NoticeTemplate",
    "Pending",
    "Style",
    "TopicChoice",
]
