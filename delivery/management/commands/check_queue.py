"""manage.py check_queue: the proof that nothing is lost."""

import sys
from typing import Any

from delivery.management.printing import OperatorCommand
from delivery.services import invariants


class Command(OperatorCommand):
    help = "Prove that accepted = done + held + refused + in flight, and all else that must hold. Exit status 1 if not."

    def handle(self, *args: Any, **options: Any) -> None:
        books, complaints = invariants.books(), invariants.complaints()
        if options["json"]:
            self.print_json({"books": books, "complaints": complaints})
        else:
            self.stdout.write("  ".join(f"{name}: {count}" for name, count in books.items()))
            for complaint in complaints:
                self.stderr.write(complaint)
            if not complaints:
                self.stdout.write("All is well.")
        if complaints:
            sys.exit(1)
