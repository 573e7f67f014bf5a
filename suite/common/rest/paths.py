"""What stands in a path of the API beside numbers and plain words; these converters are known once this module is imported."""

from django.urls import register_converter


class MailboxConverter:
    """A mail address, or another word where a resource is known by both. An address may hold slashes, before its last @."""

    regex = r"[^/]+|[^\n]{1,320}@[^/]{1,320}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class AnythingConverter(MailboxConverter):
    """What may hold slashes, and stands at the end."""

    regex = r"[\s\S]+"


register_converter(AnythingConverter, "anything")
register_converter(MailboxConverter, "mailbox")
