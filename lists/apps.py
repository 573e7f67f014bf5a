from django.apps import AppConfig


class ListsConfig(AppConfig):
    name = "lists"

    def ready(self) -> None:
        from lists import checks, settings_table  # noqa: F401 - their system checks
