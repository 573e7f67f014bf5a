"""Work that spans floors downward: what each app does when a list or a user comes or goes.

The table is `settings.HOOKS`: moment -> dotted names of functions, in order. A service on a low floor calls the moment by name
inside its transaction; what a hook raises undoes everything. Rows that hang on others go by cascade and need no hook.
"""

from typing import Any

from django.conf import settings
from django.core import checks
from django.utils.module_loading import import_string

from suite.common.failpoints import failpoint


def call(moment: str, **facts: Any) -> None:
    """Call every hook of the moment with these facts, in the table's order. KeyError for a moment the table has not."""
    for name in settings.HOOKS[moment]:
        import_string(name)(**facts)
        failpoint(f"hook.{name}")


@checks.register(checks.Tags.compatibility)
def check_hooks(**_: Any) -> list[checks.CheckMessage]:
    """Every name in the table leads to a function."""
    found: list[checks.CheckMessage] = []
    for moment, names in settings.HOOKS.items():
        for name in names:
            try:
                import_string(name)
            except ImportError as error:
                found.append(checks.Error(f"The hook {name} of {moment} cannot be imported: {error}", id="suite.E001"))
    return found
