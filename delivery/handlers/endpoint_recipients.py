from typing import ClassVar

from delivery.draft import Draft, Gathered
from delivery.endpoints import choosing
from delivery.endpoints.choosing import Chosen
from lists.models import MailingList


class EndpointRecipients:
    """Part who gets the post over HTTP from those who get mail. One statement, where the list or a member has an endpoint.

    A list's own endpoint takes the place of all its members' mail, unless it is set to come beside it; a member with one of his
    own keeps that. It stands before avoid-duplicates: a program does not see the mail that the poster sent to a member himself.
    """

    name: ClassVar[str] = "endpoint-recipients"
    title: ClassVar[str] = "Send the post to HTTP endpoints instead of mail"

    def apply(self, draft: Draft, mlist: MailingList) -> None:
        groups: list[tuple[MailingList, Draft | Gathered]] = [(mlist, draft)]
        groups += [(group.mlist, group) for group in draft.gathered]
        concerned = [(near, group) for near, group in groups if choosing.has_endpoints(near)]
        if concerned:
            found = choosing.of_lists([near.pk for near, _ in concerned])
            for near, group in concerned:
                _part(group, found[near.pk])


def _part(group: Draft | Gathered, chosen: Chosen) -> None:
    """The list's own endpoint is named by its host: no mail can ever go to such a recipient."""
    whole, members = chosen.whole, chosen.members
    group.posted = [(one, members[one[0]]) for one in group.recipients if one[0] is not None and one[0] in members]
    if whole is not None:
        group.posted.append(((None, whole.place, ""), whole.pk))
    if whole is not None and not whole.with_mail:
        group.recipients = []
    elif members:
        group.recipients = [one for one in group.recipients if one[0] not in members]
