import uuid
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models, transaction
from django.utils import timezone

from accounts.models.preferences import Preferences
from suite.common.events import record

if TYPE_CHECKING:
    from accounts.models.address import Address


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str = "", password: str | None = None, **fields: Any) -> "User":
        """A user who signs in with `email`. Rows for the address are accounts.services' work."""
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin, Preferences):
    """A person with any number of addresses. `is_superuser` is the site's owner role (Mailman: is_server_owner)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    display_name = models.CharField(max_length=255, blank=True)
    email = models.CharField(max_length=320, blank=True, help_text="Sign-in address; the preferred address follows it.")
    preferred_address: "models.ForeignKey[Address | None, Address | None]" = models.ForeignKey(
        "accounts.Address", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "id"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["email"]

    def __str__(self) -> str:
        return self.display_name or self.email or str(self.id)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """A new password, by whatever road it comes, stands in the audit trail; the first one does not."""
        if getattr(self, "_password", None) is None or self._state.adding:  # what set_password() left for save()
            super().save(*args, **kwargs)
            return
        with transaction.atomic():
            super().save(*args, **kwargs)
            record("password.changed", subject=str(self))

    def get_full_name(self) -> str:
        return self.display_name

    def get_short_name(self) -> str:
        return self.display_name or self.email
