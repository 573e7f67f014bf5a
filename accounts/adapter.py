"""What allauth asks us when somebody signs up."""

from allauth.account.adapter import DefaultAccountAdapter
from django import forms
from django.http import HttpRequest

from accounts.models import User
from accounts.services.addresses import note_spelling


class AccountAdapter(DefaultAccountAdapter):
    def save_user(self, request: HttpRequest, user: User, form: forms.Form, commit: bool = True) -> User:
        """allauth knows keys only; how the person wrote the address is kept for the mail that is sent to it."""
        saved: User = super().save_user(request, user, form, commit)
        note_spelling(saved.email, form.data.get("email", ""))
        return saved
