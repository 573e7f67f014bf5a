"""manage.py discard: see the help line."""

from typing import Any

from archives.models import Arrival
from archives.services import parking
from delivery.management.arrivals import BY, ArrivalsCommand


class Command(ArrivalsCommand):
    help = "Give up messages that were shunted or parked."

    def act(self, arrival: Arrival, **options: Any) -> str:
        parking.discard(arrival, by=BY)
        return f"Arrival {arrival.pk} was discarded."
