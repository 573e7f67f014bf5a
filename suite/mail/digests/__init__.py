"""Digests: many messages as one. `mime` has them as RFC 2046 says (§5.1.5), `plain` as RFC 1153; `frame` is what both
share. `conversations` is for one reader.

Nothing here knows a list or a database: texts and messages come in, a body comes out. Bodies of messages are asked for one
after the other, so that beside the digest itself only one of them is in memory.
"""

from suite.mail.digests.conversations import Conversation, Message, conversations_body
from suite.mail.digests.frame import Body, Frame, Item, kept, topic
from suite.mail.digests.labels import Labels, labels
from suite.mail.digests.mime import mime_body
from suite.mail.digests.plain import plain_body, text_of

__all__ = [
    "Body",
    "Conversation",
    "Frame",
    "Item",
    "Labels",
    "Message",
    "conversations_body",
    "kept",
    "labels",
    "mime_body",
    "plain_body",
    "text_of",
    "topic",
]
