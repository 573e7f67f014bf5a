"""The texts of our mails in the admin. The service decides what may be written."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from lists.models import FetchedText, NoticeTemplate
from lists.services import texts
from lists.texts.names import NAMES
from suite.common.admin import ReadOnlyAdmin, actor
from suite.common.errors import SuiteError

_FIXED = ("mlist", "domain", "name", "language")


class NoticeTemplateForm(forms.ModelForm):
    name = forms.ChoiceField(choices=[(name, f"{name}: {meant.purpose}") for name, meant in NAMES.items()])
    language = forms.ChoiceField(choices=[("", "all languages"), *settings.LANGUAGES], required=False)

    class Meta:
        model = NoticeTemplate
        fields = (*_FIXED, "subject", "text")

    def clean(self) -> dict[str, Any]:
        """Asks the service, and the service alone. Which text it is cannot be changed later."""
        cleaned = super().clean() or self.cleaned_data
        of = {name: cleaned.get(name, getattr(self.instance, name)) for name in _FIXED}
        if of["mlist"] and of["domain"]:
            self.add_error("domain", "A list or a domain, not both.")
        try:
            texts.check_name(of["name"])
            texts.check(of["name"], of["language"], cleaned.get("subject", ""), cleaned.get("text", ""))
        except SuiteError as error:
            self.add_error(None, str(error))
        return cleaned


@admin.register(NoticeTemplate)
class NoticeTemplateAdmin(admin.ModelAdmin):
    form = NoticeTemplateForm
    list_display = ("name", "language", "mlist", "domain", "subject", "changed_at")
    list_select_related = ("mlist__domain", "domain")
    list_filter = ("language", "name")
    search_fields = ("name", "subject", "text", "mlist__list_name", "domain__mail_host")
    autocomplete_fields = ("mlist", "domain")

    def get_readonly_fields(self, request: HttpRequest, obj: NoticeTemplate | None = None) -> Any:
        return _FIXED if obj else ()

    def save_model(self, request: HttpRequest, obj: NoticeTemplate, form: Any, change: bool) -> None:
        made = texts.set_text(
            obj.name,
            obj.mlist or obj.domain,
            obj.text,
            language=obj.language,
            subject=obj.subject,
            actor=actor(request),
        )
        obj.__dict__.update(made.__dict__)

    def delete_model(self, request: HttpRequest, obj: NoticeTemplate) -> None:
        texts.reset_text(obj.name, obj.mlist or obj.domain, language=obj.language, actor=actor(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[NoticeTemplate]) -> None:
        for row in queryset.select_related("mlist__domain", "domain"):
            self.delete_model(request, row)


@admin.register(FetchedText)
class FetchedTextAdmin(ReadOnlyAdmin):
    list_display = ("url", "template", "fetched_at", "tried_at", "failure")
    list_select_related = ("template__mlist__domain", "template__domain")
    search_fields = ("url",)
