"""Colleagues at their browsers, and forms filled in as the page shows them."""

from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import Q
from django.db.models.fields.files import FieldFile
from django.forms import BaseForm
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from tests.factories.accounts import StaffFactory


def colleague(*permissions: str) -> User:
    """A member of staff with these permissions ("orders.view_order"); a superuser without any."""
    user: User = StaffFactory(is_superuser=not permissions, first_name="Karim", last_name="Benali")
    wanted = Q()
    for permission in permissions:
        app, codename = permission.split(".")
        wanted |= Q(content_type__app_label=app, codename=codename)
    if permissions:
        user.user_permissions.set(Permission.objects.filter(wanted))
    return user


def staff_client(*permissions: str) -> Client:
    """The browser of such a colleague, logged in."""
    client = Client()
    client.force_login(colleague(*permissions))
    return client


def filled_in(response: HttpResponse, **changes: Any) -> dict[str, Any]:
    """What the form of an admin page would send as it is, with changes; None takes a field out."""
    data: dict[str, Any] = {"_seen": response.context.get("seen")}
    forms: list[BaseForm] = [response.context["adminform"].form]
    for inline in response.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for form in forms:
        for bound in form:
            value = bound.value()
            if value is None or value is False or isinstance(value, FieldFile):
                continue
            data[bound.html_name] = value
    return {name: value for name, value in (data | changes).items() if value is not None}


def messages_of(response: HttpResponse) -> list[str]:
    """What the page tells, without the form's errors."""
    return [str(message) for message in response.context["messages"]]


def errors_of(response: HttpResponse) -> str:
    """All errors of a form of the admin and its inline rows, as one text."""
    errors = [response.context["adminform"].form.errors.as_text()]
    for inline in response.context["inline_admin_formsets"]:
        errors += [form.errors.as_text() for form in inline.formset.forms]
        errors += [str(error) for error in inline.formset.non_form_errors()]
    return "\n".join(errors)
