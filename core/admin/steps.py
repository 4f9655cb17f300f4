"""Pages for one step of staff: a form that asks what the step needs, and one call of a service that takes it.

A link never changes anything: GET shows the form, POST takes the step, and the service checks again under its locks.
"""

import re
from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from unfold.dataclasses import UnfoldAction

from accounts.models import User
from core.actions import Action
from core.continuations import Continuation, carry_on
from core.db.ids import new_id
from core.errors import DomainError, InvalidTransition
from core.idempotency import (
    Claim,
    StoredAnswer,
    claim_request,
    commit_to,
    release,
    store_answer,
    store_outcome,
    work_on,
)
from core.staff import holds

_ONCE = re.compile(r"[0-9a-f-]{36}")
_TAKEN = StoredAnswer(200, {}, b"")


def needs(action: Action) -> Callable[..., bool]:
    """A `has_…_permission` method that asks for what the action needs.

    unfold takes permissions by name as well, but looks them up in the database during the system checks, which
    run before the tables are there.
    """

    def has_permission(self: Any, request: HttpRequest, object_id: Any = None) -> bool:
        return holds(request.user, action)

    return has_permission


class StepForm(forms.Form):
    """What a step asks. `target` is the row that it is taken on, None for a step on the list."""

    title: ClassVar[Any]
    submit: ClassVar[Any]
    intro: ClassVar[Any] = ""
    danger: ClassVar[bool] = False
    template: ClassVar[str] = "admin/step.html"

    def __init__(self, *args: Any, target: Any = None, **kwargs: Any) -> None:
        self.target = target
        super().__init__(*args, **kwargs)

    def take(self, *, actor: User) -> Any:
        """Call the one service and return what to tell, or a Continuation. Raises DomainError."""
        raise NotImplementedError

    def conclude(self, continuation: Continuation) -> Any:
        """Return what to tell of a step that has been carried on with after its commit. Raises DomainError."""
        # Asked of forms whose take() returns a Continuation alone.
        raise NotImplementedError

    def show(self, error: DomainError) -> bool:
        """Put a refusal where its cause is; False if no input of this form is at fault."""
        if error.field is None:
            return False
        self.add_error(error.field if error.field in self.fields else None, str(error))
        return True


class StepsMixin:
    """For a ModelAdmin whose rows have steps, declared as unfold's actions of the same names."""

    def possible_steps(self, obj: Any) -> set[str]:
        """The names of the steps that the row's state allows."""
        raise NotImplementedError

    def after_step(self, obj: Any) -> str:
        """Where staff goes on after a step."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[obj.pk])

    def get_actions_detail(self, request: HttpRequest, object_id: str) -> list[UnfoldAction]:
        """Buttons only for steps that the state and the permissions allow."""
        actions = super().get_actions_detail(request, object_id)
        obj = self.get_object(request, unquote(str(object_id))) if actions else None
        if obj is None:
            return []
        possible = self.possible_steps(obj)
        return [action for action in actions if action.method.original_function_name in possible]

    def step_page(self, request: HttpRequest, object_id: str, name: str, form_class: type[StepForm]) -> HttpResponse:
        """The page of a step on one row."""
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        back = self.after_step(obj)
        if name not in self.possible_steps(obj):
            messages.error(request, str(InvalidTransition.message))
            return HttpResponseRedirect(back)
        return self.run_step(request, form_class, target=obj, back=back)

    def run_step(
        self, request: HttpRequest, form_class: type[StepForm], *, target: Model | None, back: str
    ) -> HttpResponse:
        """Show the form, or take the step and go back with a message."""
        form = form_class(request.POST if request.method == "POST" else None, target=target)
        if request.method == "POST" and form.is_valid():
            try:
                done = _take_once(form, request)
            except DomainError as error:
                if not form.show(error):
                    messages.error(request, str(error))
                    return HttpResponseRedirect(back)
            else:
                messages.success(request, str(done))
                return HttpResponseRedirect(back)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": target,
            "title": form.title,
            "form": form,
            "media": form.media,
            "back": back,
            "once": request.POST.get("once") or new_id(),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, form.template, context)


def _take_once(form: StepForm, request: HttpRequest) -> Any:
    """Take the step, once for each page that was opened: a second click on its button has no effect of its own."""
    once = request.POST.get("once", "")
    if not _ONCE.fullmatch(once):
        done = form.take(actor=request.user)
        if not isinstance(done, Continuation):
            return done
        carry_on(done)
        return form.conclude(done)
    claim = claim_request(caller=f"user:{request.user.pk}", key=f"step:{once}", fingerprint="step")
    if isinstance(claim, StoredAnswer):
        raise DomainError(_("This was done already."))
    done = claim.continuation or _work(form, claim, request.user)
    return _concluded(form, claim, done) if isinstance(done, Continuation) else done


def _work(form: StepForm, claim: Claim, actor: User) -> Any:
    """Take the step in a transaction with the note that it is taken, or of what it goes on with."""
    with work_on(claim):
        done = form.take(actor=actor)
        if isinstance(done, Continuation):
            commit_to(claim, done)
        else:
            store_answer(claim, _TAKEN)
    return done


def _concluded(form: StepForm, claim: Claim, continuation: Continuation) -> Any:
    try:
        is_decided = carry_on(continuation)
    except Exception:
        release(claim)
        raise
    if is_decided:
        store_outcome(claim, _TAKEN)
    else:
        release(claim)
    return form.conclude(continuation)
