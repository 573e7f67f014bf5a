"""manage.py sending: stop posts that are on their way."""

from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandParser

from archives.models import Arrival
from delivery.management.arrivals import BY, ArrivalsCommand
from delivery.services import control

ACTS: dict[str, tuple[Callable[..., int], str]] = {
    "pause": (control.pause, "The sending of arrival {arrival} pauses ({count} outgoing messages)."),
    "resume": (control.resume, "The sending of arrival {arrival} goes on ({count} outgoing messages)."),
    "cancel": (control.cancel, "The sending of arrival {arrival} is cancelled; {count} recipients are spared."),
}


class Command(ArrivalsCommand):
    help = "Pause, resume or cancel the sending of posts. Copies that the relay has taken are gone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=tuple(ACTS))
        super().add_arguments(parser)

    def act(self, arrival: Arrival, **options: Any) -> str:
        act, said = ACTS[options["what"]]
        return said.format(arrival=arrival.pk, count=act(arrival, by=BY))
