"""The house itself as an app: it has commands and checks, no models."""

from django.apps import AppConfig
from django.contrib.admin import apps as admin


class SuiteConfig(AppConfig):
    name = "suite"
    label = "suite"

    def ready(self) -> None:
        from suite import (
            checks,  # noqa: F401 - registers the system checks
            plugging,
        )

        plugging.load()


class AdminConfig(admin.AdminConfig):
    """Django's admin with our site (suite.admin_site)."""

    default_site = "suite.admin_site.SuiteAdminSite"
