"""The words of mails: written by language, looked at with sample values, sent to oneself, put back to the default."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import force_escape
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from accounts.models import User
from core.admin import SoukAdmin, StepForm, StepsMixin, needs
from core.errors import DomainError
from core.i18n.money_format import money_text
from core.money import Money
from notifications.actions import NotificationAction
from notifications.texts.kinds import PARTS, all_message_kinds
from notifications.texts.models import MessageText, message_choices
from notifications.texts.services import check_text, reset_text, sample_mail, send_sample, settled

_FRAME = "width:100%;height:480px;border:0;display:block"


class MessageTextForm(forms.ModelForm):
    """Refuses what no message could be made with, at the input where it stands."""

    code = forms.ChoiceField(label=_("Message"), choices=message_choices, widget=UnfoldAdminSelectWidget())

    class Meta:
        model = MessageText
        fields = ("code", "language", *PARTS)
        widgets = {
            "subject": UnfoldAdminTextInputWidget({"dir": "auto"}),
            "heading": UnfoldAdminTextInputWidget({"dir": "auto"}),
            "intro": UnfoldAdminTextareaWidget({"rows": 6, "dir": "auto"}),
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        text = MessageText(code=self._value("code"), language=self._value("language"))
        for part in PARTS:
            setattr(text, part, cleaned.get(part, ""))
        if text.declared is not None and not self.errors:
            try:
                check_text(text)
            except DomainError as error:
                raise ValidationError({error.field or PARTS[0]: str(error)}) from error
        return cleaned

    def _value(self, name: str) -> str:
        return str(self.cleaned_data.get(name) or getattr(self.instance, name))


class SampleForm(StepForm):
    title = _("Send a sample to me")
    submit = _("Send")
    intro = _("A mail with sample values goes to the address of your account.")

    def take(self, *, actor: User) -> Any:
        send_sample(text=self.target, to=actor)
        return _now("The sample is on its way to %(to)s.") % {"to": actor.email}


class ResetForm(StepForm):
    title = _("Use the default texts")
    submit = _("Use the default texts")
    intro = _("What was written here is deleted. Mails use the default texts from now on.")
    danger = True

    def take(self, *, actor: User) -> Any:
        reset_text(code=self.target.code, language=self.target.language)
        return _now("The default texts are used again.")


@admin.register(MessageText)
class MessageTextAdmin(StepsMixin, SoukAdmin):
    form = MessageTextForm
    list_display = ("message", "language", "subject", "updated_at")
    list_display_links = ("message",)
    list_filter = ("language",)
    search_fields = ("code", "subject", "heading")
    ordering = ("code", "language")
    readonly_fields = ("variables", "defaults", "preview")
    actions_detail = ("sample", "reset")
    has_write_permission = needs(NotificationAction.CHANGE_MESSAGE_TEXT)

    def get_fieldsets(self, request: HttpRequest, obj: MessageText | None = None) -> Any:
        if obj is None:
            return [(None, {"fields": [("code", "language")]})]
        texts = {"fields": [("code", "language"), *PARTS, "variables", "defaults"]}
        return [(None, texts), (_("Preview"), {"fields": ["preview"]})]

    def get_readonly_fields(self, request: HttpRequest, obj: MessageText | None = None) -> tuple[str, ...]:
        fields = tuple(super().get_readonly_fields(request, obj))
        return fields if obj is None else ("code", "language", *fields)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_write_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: MessageText | None = None) -> bool:
        return self.has_write_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: MessageText | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: MessageText, form: forms.ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        settled(obj)

    def response_add(self, request: HttpRequest, obj: MessageText, *args: Any, **kwargs: Any) -> HttpResponse:
        """Goes on to the page where the texts are written."""
        return HttpResponseRedirect(reverse("admin:notifications_messagetext_change", args=[obj.pk]))

    def possible_steps(self, obj: MessageText) -> set[str]:
        return {"sample", "reset"}

    def after_step(self, obj: MessageText) -> str:
        if MessageText.objects.filter(pk=obj.pk).exists():
            return super().after_step(obj)
        return reverse("admin:notifications_messagetext_changelist")

    @action(description=_("Send a sample to me"), permissions=["write"], icon="send", variant=ActionVariant.PRIMARY)
    def sample(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.step_page(request, object_id, "sample", SampleForm)

    @action(description=_("Use the default texts"), permissions=["write"], icon="restart_alt")
    def reset(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self.step_page(request, object_id, "reset", ResetForm)

    @display(description=_("Message"), ordering="code")
    def message(self, obj: MessageText) -> str:
        kind = all_message_kinds().get(obj.code)
        return str(kind.label) if kind else obj.code

    @display(description=_("Variables"))
    def variables(self, obj: MessageText) -> SafeString | str:
        if obj.declared is None:
            return "–"
        rows = ((name, one.label, _sample(one.sample)) for name, one in obj.declared.variables.items())
        return format_html_join("", '<div><bdi dir="ltr"><code>{{{}}}</code></bdi> {} ({})</div>', rows)

    @display(description=_("Default texts"))
    def defaults(self, obj: MessageText) -> SafeString | str:
        if obj.declared is None:
            return "–"
        texts = ((obj.declared.default(part, obj.language) or "–",) for part in PARTS)
        return format_html_join("", '<div dir="auto">{}</div>', texts)

    @display(description=_("Preview"))
    def preview(self, obj: MessageText) -> SafeString | str:
        """The mail with sample values; what is wrong with it where none can be made."""
        try:
            # It is marked as safe for a page of its own; here it stands in an attribute.
            html = force_escape(sample_mail(text=obj).alternatives[0][0])
        except DomainError as error:
            return str(error)
        return format_html('<iframe sandbox srcdoc="{}" title="{}" style="{}"></iframe>', html, _now("Preview"), _FRAME)


def _sample(value: str | Money) -> str:
    return money_text(value) if isinstance(value, Money) else value
