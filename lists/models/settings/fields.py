"""The few kinds of field that list settings are made of."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, ProhibitNullCharactersValidator
from django.db import models

from lists import validators
from suite.common.enums import WireChoices


class WireField(models.PositiveSmallIntegerField):
    """One of a WireChoices' members. `enum` is that class (unknown to migrations)."""

    enum: type[WireChoices] | None = None

    def __init__(self, choices: Any = None, default: Any = None, **kwargs: Any) -> None:
        super().__init__(choices=choices, default=default, **kwargs)


class ListField(models.JSONField):
    """A list. Validated even when it is empty, for the empty text and the empty object are no lists."""

    empty_values = []

    def save_form_data(self, instance: models.Model, data: Any) -> None:
        """A form field that was cleared means that nothing is in the list."""
        super().save_form_data(instance, [] if data is None else data)


class StringListField(ListField):
    """An ordered list of strings, each of which passes `validate_item`."""

    def __init__(self, *, item: str = "text", **kwargs: Any) -> None:
        self.item = item
        super().__init__(default=list, blank=True, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        for known in ("default", "blank"):
            kwargs.pop(known, None)
        return name, path, args, kwargs | {"item": self.item}

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        super().validate(value, model_instance)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise ValidationError("A list of strings is wanted.")
        for item in value:
            validators.ITEMS[self.item](item)


def choice(enum: type[WireChoices], default: WireChoices, help_text: str) -> WireField:
    field = WireField(choices=enum.choices, default=default, help_text=help_text)
    field.enum = enum
    return field


def switch(default: bool, help_text: str) -> "models.BooleanField[bool, bool]":
    return models.BooleanField(default=default, help_text=help_text)


def number(default: int, help_text: str) -> "models.PositiveIntegerField[int, int]":
    return models.PositiveIntegerField(default=default, help_text=help_text)


def amount(default: float, help_text: str) -> "models.FloatField[float, float]":
    return models.FloatField(default=default, help_text=help_text, validators=[MinValueValidator(0.0)])


def span(days: int, help_text: str) -> "models.DurationField[timedelta, timedelta]":
    return models.DurationField(
        default=timedelta(days=days), help_text=help_text, validators=[MinValueValidator(timedelta(0))]
    )


def line(default: str, help_text: str, **kwargs: Any) -> "models.CharField[str, str]":
    kwargs.setdefault("max_length", 255)
    kwargs.setdefault("blank", True)
    kwargs["validators"] = [validators.one_line, *kwargs.get("validators", [])]
    return models.CharField(default=default, help_text=help_text, **kwargs)


def name(default: str, help_text: str, registered: Callable[[str], None]) -> "models.CharField[str, str]":
    """The name of something in a table, which `registered` knows; never empty."""
    return line(default, help_text, max_length=100, blank=False, validators=[registered])


def text(help_text: str, *more: Callable[[str], None]) -> "models.TextField[str, str]":
    """Any number of lines, which `more` validators may look at."""
    looks: list[Callable[[Any], None]] = [ProhibitNullCharactersValidator(), *more]
    return models.TextField(default="", blank=True, help_text=help_text, validators=looks)
