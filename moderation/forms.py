"""What a moderator can say."""

from django import forms

ACCEPT, REJECT, DISCARD = "accept", "reject", "discard"


class DecisionForm(forms.Form):
    """A decision, and for a rejection the words its sender gets."""

    decision = forms.ChoiceField(choices=[(ACCEPT, "Accept"), (REJECT, "Reject"), (DISCARD, "Discard")])
    comment = forms.CharField(required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
