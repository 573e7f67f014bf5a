from typing import Any

from django.apps import AppConfig
from django.core.management import call_command
from django.db.models.signals import post_migrate


class CommonConfig(AppConfig):
    name = "suite.common"
    label = "common"

    def ready(self) -> None:
        from suite.common import collation

        collation.listen()
        post_migrate.connect(make_cache_table, sender=self)


def make_cache_table(*, using: str, **_: Any) -> None:
    """The table of the database cache, where that is the cache and it is not there yet."""
    call_command("createcachetable", database=using, verbosity=0)
