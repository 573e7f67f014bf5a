"""manage.py redact: take posts' words back."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from archives.models import Post
from archives.services.redaction import NOTE, redact
from suite.mail import ids


class Command(BaseCommand):
    help = "Take the words of posts out of an archive, for good; their pages and threads stay."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("list", metavar="LIST-ID")
        parser.add_argument("posts", nargs="+", metavar="MESSAGE-ID")
        parser.add_argument("--author", action="store_true", help="Take the author's name and the subject out, too.")
        parser.add_argument("--note", default=NOTE, help="What stands there instead.")

    def handle(self, *args: Any, **options: Any) -> None:
        for message_id in options["posts"]:
            for post in self._posts(options["list"], message_id.strip().removeprefix("<").removesuffix(">")):
                redact(post, by="redact", author=options["author"], note=options["note"])
                self.stdout.write(f"Post {post.number} of {options['list']} was redacted.")

    def _posts(self, list_id: str, message_id: str) -> list[Post]:
        """All of this Message-ID, where a sender used it twice."""
        posts = Post.objects.filter(
            archive__list_id=list_id.lower(), message_id_hash=ids.id_hash(message_id), ghost=False
        )
        found = list(posts.select_related("archive", "letter"))
        if not found:
            raise CommandError(f"There is no post {message_id} in the archive of {list_id}.")
        return found
