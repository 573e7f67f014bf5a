from django.core.validators import ProhibitNullCharactersValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from lists.models.domain import Domain
from lists.models.mailing_list import MailingList


class NoticeTemplate(models.Model):
    """A text of our mails in somebody's own words: a list's, a domain's, or, where it names neither, the site's.

    Written by `lists.services.texts`. The words stand here, or behind a URI, whose text is fetched ahead of need and kept as
    FetchedText: no mail waits for a web server.
    """

    mlist = models.ForeignKey(MailingList, null=True, blank=True, on_delete=models.CASCADE, related_name="texts")
    domain = models.ForeignKey(Domain, null=True, blank=True, on_delete=models.CASCADE, related_name="texts")
    name = models.CharField(max_length=60)
    language = models.CharField(
        max_length=16, blank=True, help_text="Empty = for all languages without a text of their own."
    )
    subject = models.CharField(max_length=255, blank=True)
    text = models.TextField(blank=True, validators=[ProhibitNullCharactersValidator()])
    uri = models.CharField(
        max_length=500,
        blank=True,
        help_text="Where the text is fetched from instead; $list_id, $listname, $domain_name and $language are filled in.",
    )
    username = models.CharField(max_length=255, blank=True)
    password = models.CharField(max_length=255, blank=True)
    trusted = models.BooleanField(default=False, help_text="The URI may lead to hosts of this network.")
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(name="text_one_scope", condition=Q(mlist__isnull=True) | Q(domain__isnull=True)),
            models.UniqueConstraint(
                fields=["mlist", "name", "language"], condition=Q(mlist__isnull=False), name="text_of_list"
            ),
            models.UniqueConstraint(
                fields=["domain", "name", "language"], condition=Q(domain__isnull=False), name="text_of_domain"
            ),
            models.UniqueConstraint(
                fields=["name", "language"],
                condition=Q(mlist__isnull=True, domain__isnull=True),
                name="text_of_site",
            ),
        ]

    def __str__(self) -> str:
        return (
            f"{self.name} of {self.mlist or self.domain or 'the site'}{' in ' if self.language else ''}{self.language}"
        )

    @classmethod
    def of(cls, mlist: MailingList | None, domain: Domain | int | None) -> "models.QuerySet[NoticeTemplate]":
        """The texts that concern a list: its own, its domain's and the site's."""
        site = Q(mlist__isnull=True, domain__isnull=True)
        return cls.objects.filter(site | Q(mlist=mlist, mlist__isnull=False) | Q(domain=domain, domain__isnull=False))


class FetchedText(models.Model):
    """What a template's URI, filled in for one list and language, gave when it was last asked."""

    template = models.ForeignKey(NoticeTemplate, on_delete=models.CASCADE, related_name="fetched")
    url = models.CharField(max_length=1000)
    text = models.TextField(blank=True)
    fetched_at = models.DateTimeField(null=True, blank=True, help_text="Empty = it never gave a text.")
    tried_at = models.DateTimeField(default=timezone.now)
    failure = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["template", "url"], name="fetched_once")]
        indexes = [models.Index(F("tried_at"), name="fetched_tried")]

    def __str__(self) -> str:
        return self.url
