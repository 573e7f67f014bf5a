"""The class that a plugin subclasses."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from suite.common.models import Event


@dataclass(frozen=True, slots=True)
class ListSetting:
    """A setting that each list has for a plugin. Its values are JSON and of the default's type.

    `check` gets a value of that type and raises ValueError with a sentence where it cannot mean anything.
    """

    default: bool | int | float | str | list[Any]
    help_text: str
    check: Callable[[Any], None] | None = None

    def read(self, value: Any) -> Any:
        """The value as it is kept. Raises ValueError."""
        if isinstance(self.default, float) and type(value) is int:
            value = float(value)
        if type(value) is not type(self.default):
            raise ValueError(f"A value like {self.default!r} is wanted.")
        if self.check is not None:
            self.check(value)
        return value


class Plugin:
    """What a package brings, and methods that are called when something happens.

    One object a process. `start()` is called once when a program of the suite starts, before it forks, `stop()` when that program
    ends in good order; what `start()` raises leaves the plugin out. A table's names are the site's: a plugin with one that is
    taken is left out as a whole.
    """

    name: ClassVar[str] = ""
    """As the entry point is called."""
    title: ClassVar[str] = ""
    works_with: ClassVar[str] = ""
    """The versions of Posthouse it was made for, as in `>=0.1,<0.2` (PEP 440). Stated by every plugin."""
    list_settings: ClassVar[Mapping[str, ListSetting]] = {}
    listens: ClassVar[Sequence[str]] = ()
    """Kinds of events that `event()` is told of; "*" means all."""

    rules: Sequence[Any] = ()
    """`moderation.rules.base.Rule` objects."""
    chains: Mapping[str, Any] = {}
    """Name -> links, as in `moderation.chains`, which may ask the plugin's rules."""
    handlers: Sequence[Any] = ()
    """`delivery.handlers.base.Handler` objects."""
    pipelines: Mapping[str, Sequence[Any]] = {}
    """Name -> handlers in order, as in `delivery.pipelines`."""
    styles: Mapping[str, tuple[str, dict[str, Any]]] = {}
    """Name -> (description, settings), as in `lists.styles`."""
    archivers: Sequence[Any] = ()
    """`delivery.archivers.base.Archiver` objects."""
    mail_commands: Sequence[Any] = ()
    """`delivery.robots.base.Command` objects."""
    manage_commands: Sequence[str] = ()
    """Names of modules in `management/commands/` of the plugin's package."""
    api: Sequence[Any] = ()
    """Django's `path()`s of resources of the REST API, below /api/3.1/plugins/NAME/. Who asks there has shown its password.

    A view gets `version` ("3.1") beside what its path has; a subclass of `suite.common.rest.views.Resource` does.
    """

    def start(self) -> None:
        """The program starts. Quick, and without the database, which may not be there yet."""

    def stop(self) -> None:
        """The program ends."""

    def event(self, event: Event) -> None:
        """Something in `listens` happened, after its commit: what is raised here is logged and harms nothing.

        Only of what is about to happen (`list.creating`) it is told before, and raising a SuiteError prevents that.
        """

    def deny_join(self, mlist: Any, email: str, role: Any) -> str | None:
        """A sentence for whoever may not get this role (`lists.enums.MemberRole`) on the list. `email` is a key.

        Asked when somebody wants to join and again when he does, by whatever road. What is raised lets nobody in for now.
        """
        return None

    def authenticate(self, request: Any, email: str, password: str) -> str | None:
        """The address that this sign-in proves; None where another way is to be tried.

        Who has no account gets one. PermissionDenied ends the attempt; what else is raised is logged, and others are asked.
        """
        return None

    def refuse_letter(self, raw: bytes, sender: str, destination: Any) -> str | None:
        """A line for the MTA whose letter is not taken for this `lists.addressing.Destination`: 550, and nothing is kept.

        Asked for each recipient before anything is stored, while the MTA and all others who bring mail wait. What is raised is
        logged, and the letter is taken.
        """
        return None

    @classmethod
    def setting(cls, mlist: Any, name: str) -> Any:
        """What this list has for this plugin. No query."""
        chosen = mlist.plugin_settings.get(cls.name, {})
        return chosen[name] if name in chosen else cls.list_settings[name].default
