from archives.models.archive import Archive
from archives.models.arrival import Arrival
from archives.models.attachment import Attachment
from archives.models.letter import Letter
from archives.models.post import Post
from archives.models.thread import Thread

__all__ = ["Archive", "Arrival", "Attachment", "Letter", "Post", "Thread"]
