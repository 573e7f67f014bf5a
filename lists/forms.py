"""What people can say on the pages of a list."""

from django import forms

from accounts.models.address import validate_address
from lists.enums import Action

DECISIONS = [Action.ACCEPT, Action.REJECT, Action.DISCARD]


class JoinForm(forms.Form):
    """Who wants to join: an address as its owner writes it, for mail goes where its letter case says."""

    email = forms.CharField(
        label="Email",
        max_length=320,
        validators=[validate_address],
        widget=forms.TextInput(attrs={"inputmode": "email", "autocomplete": "email"}),
    )
    name = forms.CharField(
        label="Name (optional)", required=False, max_length=255, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )


class SearchForm(forms.Form):
    """Whom somebody looks for on a roster."""

    q = forms.CharField(
        label="Address or name",
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )


class RequestForm(forms.Form):
    """A decision, and for a rejection the words that the person gets."""

    decision = forms.ChoiceField(choices=[(action.wire, action.label) for action in DECISIONS])
    reason = forms.CharField(required=False, max_length=2000)
