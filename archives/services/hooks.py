"""What archives do when a list comes or goes, and when users become one (suite.common.hooks)."""

from accounts.models import User
from archives.models import Archive, Arrival
from lists.enums import ArchivePolicy
from lists.models import MailingList


def list_created(mlist: MailingList) -> None:
    """A list that bears a former list's list-id takes over the archive which that one left.

    What only members could read stays so until the new owners decide otherwise.
    """
    archive = Archive.objects.filter(list_id=mlist.list_id, mlist=None).first()
    if archive is None:
        return
    archive.mlist = mlist
    archive.save(update_fields=["mlist"])
    if archive.policy != ArchivePolicy.PUBLIC and mlist.archive_policy == ArchivePolicy.PUBLIC:
        mlist.archive_policy = ArchivePolicy.PRIVATE
        mlist.save(update_fields=["archive_policy"])


def list_deleted(mlist: MailingList, keep_archive: bool) -> None:
    """The archive goes with its list, or stays by itself with the name and the policy the list had last."""
    archives = Archive.objects.filter(mlist=mlist)
    if keep_archive:
        archives.update(mlist=None, display_name=mlist.display_name, policy=mlist.archive_policy)
    else:
        archives.delete()


def user_absorbed(user: User, other: User) -> None:
    """What `other` posted by web or API is `user`'s."""
    Arrival.objects.filter(submitter=other).update(submitter=user)
