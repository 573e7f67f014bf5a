from typing import ClassVar

from archives.enums import Origin
from delivery.draft import Draft, News
from delivery.news.server import posts_go_out
from lists.enums import NewsgroupModeration
from lists.models import MailingList
from suite.mail import ids, news, subjects

MODERATED = (NewsgroupModeration.OPEN_MODERATED, NewsgroupModeration.MODERATED)


class ToUsenet:
    """Post to the list's newsgroup what is published, with the prefix if wanted, without the footer and the List-* fields.

    What came from the newsgroup is there already. The article bears the list-id, by which we know it again.
    """

    name: ClassVar[str] = "to-usenet"
    title: ClassVar[str] = "Post to the list's newsgroup"

    def apply(self, draft: Draft, mlist: MailingList) -> None:
        if not (mlist.gateway_to_news and mlist.linked_newsgroup and posts_go_out()):
            return
        if draft.arrival.origin == Origin.NEWS:
            return
        headers = draft.headers.copy()
        headers.remove_if(lambda name, _: name.startswith("list-"))
        header = news.article_header(
            headers,
            newsgroup=mlist.linked_newsgroup,
            author=mlist.posting_address,
            now=draft.now,
            approved=mlist.posting_address if mlist.newsgroup_moderation in MODERATED else "",
        )
        if not mlist.nntp_prefix_subject_too:
            subject = header.text("Subject")
            bare = subjects.strip_prefix(subject, mlist.subject_prefix) or subjects.NO_SUBJECT
            if bare != subject:
                header.replace("Subject", bare)
        identifier = ids.message_id(header)
        if not news.is_usable_id(identifier):
            identifier = news.other_id(identifier or f"arrival {draft.arrival.pk}", mlist.list_id, mlist.mail_host)
        header.replace("Message-ID", f"<{identifier}>")
        header.replace("List-Id", f"<{mlist.list_id}>")
        draft.intents.append(News(draft.kept, header.to_bytes(), identifier, mlist.linked_newsgroup))
