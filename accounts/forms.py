"""allauth's forms, with a field that takes every address we deliver to, internationalised ones too (RFC 6531)."""

from typing import Any

from allauth.account import forms as allauth
from django import forms

from suite.mail import addresses


class AddressFormField(forms.CharField):
    """A mail address; its value is the key, by which addresses are compared. `type=email` would refuse some of them."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "email", "autocomplete": "email"}))
        super().__init__(label="Email", max_length=320, **kwargs)

    def clean(self, value: Any) -> str:
        email: str = super().clean(value)
        if not addresses.is_valid(email):
            raise forms.ValidationError("Invalid email address: %(email)s", params={"email": email})
        return addresses.key(email)


class LoginForm(allauth.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = AddressFormField()
        self.order_fields(["login", "password", "remember"])


class SignupForm(allauth.SignupForm):
    email = AddressFormField()


class AddEmailForm(allauth.AddEmailForm):
    email = AddressFormField()


class ResetPasswordForm(allauth.ResetPasswordForm):
    email = AddressFormField()
