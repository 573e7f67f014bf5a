"""manage.py trace: a message's whole story."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from delivery.management.printing import OperatorCommand, details
from delivery.models import Batch
from delivery.services import tracing
from suite.mail.addresses import key


class Command(OperatorCommand):
    help = "Tell everything that happened to a message: arrival, rules, handlers, batches, replies, bounces."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("message", metavar="MESSAGE-ID|ARRIVAL")
        parser.add_argument("--to", metavar="ADDRESS", help="Only: what the relay last said of this recipient.")

    def handle(self, *args: Any, **options: Any) -> None:
        arrivals = tracing.find(options["message"])
        if not arrivals:
            raise CommandError(f"Nothing is known of {options['message']!r}.")
        if options["to"]:
            replies = [reply for arrival in arrivals for reply in _replies(arrival.pk, key(options["to"]))]
            if not replies:
                raise CommandError(f"{options['to']} was no recipient of it.")
            self.stdout.write("\n".join(reply or "not asked yet" for reply in replies))
            return
        if options["json"]:
            self.print_json([tracing.story(arrival) for arrival in arrivals])
            return
        for arrival in arrivals:
            self.stdout.write(f"Arrival {arrival.pk} on {arrival.mlist.list_id}")
            for step in tracing.story(arrival):
                at = f"{step.at:%Y-%m-%d %H:%M:%S.%f}"[:-3] if step.at else " " * 23
                self.stdout.write(f"  {at}  {step.what:12} {details(step.details)}")


def _replies(arrival_id: int, wanted: str) -> list[str]:
    """The last reply for an address, for each batch of the arrival it stands in."""
    return [
        tracing.last_reply(batch, index)
        for batch in Batch.objects.filter(rendering__arrival=arrival_id)
        for index, (_, address, _) in enumerate(batch.recipients)
        if key(address) == wanted
    ]
