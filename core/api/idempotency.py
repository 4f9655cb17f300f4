"""The header Idempotency-Key: who sends it, what it stands for, and the answer to one who sends it again."""

import re
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import cast

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.parsers import read_bytes
from core.continuations import Continuation, carry_on
from core.idempotency import (
    Claim,
    StoredAnswer,
    claim_request,
    commit_to,
    give_up,
    release,
    store_answer,
    store_outcome,
    work_on,
)

KEY_HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotency-Replayed"
CHANGES = frozenset({"POST", "PUT", "PATCH", "DELETE"})

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
# These are set anew for every answer.
_PASSING_HEADERS = frozenset({"allow", "vary"})


def idempotency_key(request: Request) -> str | None:
    """The key that comes with a change, if one does. Raises ValidationError naming the header."""
    key = request.headers.get(KEY_HEADER) if request.method in CHANGES else None
    if key is not None and not _KEY.fullmatch(key):
        raise ValidationError({KEY_HEADER: [_("Send 1 to 255 visible ASCII characters.")]})
    return key


def caller_of(request: Request) -> str | None:
    """Whose key it is: the user's, or the guest's that IDEMPOTENCY_GUEST finds; None for who cannot be told apart."""
    if request.user.is_authenticated:
        return f"user:{request.user.pk}"
    guest: Callable[[Request], str | None] = import_string(settings.IDEMPOTENCY_GUEST)
    return guest(request)


def answer_once(
    action: Callable[[], Response | Continuation],
    *,
    request: Request,
    caller: str,
    key: str,
    render: Callable[[Response], Response],
    conclude: Callable[[Continuation], Response],
) -> HttpResponse:
    """Run a change and keep its answer in one transaction, or give the answer that was kept.

    Whatever is refused or fails is undone as a whole and frees the key. Where the action returns what goes on after the
    commit, that is carried on with, and the answer that `conclude` gives is kept once it is decided, a refusal too; who
    asks again before carries on from there. Raises KeyReused or InFlight, and what the action raises.
    """
    claim = claim_request(caller=caller, key=key, fingerprint=_fingerprint(request))
    if isinstance(claim, StoredAnswer):
        return _replayed(claim)
    outcome = claim.continuation or _work(action, claim, render)
    if not isinstance(outcome, Continuation):
        return outcome
    try:
        is_decided = carry_on(outcome)
        response = render(conclude(outcome))
    except Exception:
        release(claim)
        raise
    if is_decided:
        store_outcome(claim, _stored(response))
    else:
        release(claim)
    return response


def _work(
    action: Callable[[], Response | Continuation], claim: Claim, render: Callable[[Response], Response]
) -> Response | Continuation:
    """Run the action in a transaction with the keeping of its answer, or of what it goes on with."""
    with work_on(claim):
        outcome = action()
        if isinstance(outcome, Continuation):
            commit_to(claim, outcome)
            return outcome
        response = render(outcome)
        if response.status_code >= 400:
            transaction.set_rollback(True)
        else:
            store_answer(claim, _stored(response))
    if response.status_code >= 400:
        give_up(claim)
    return response


def _stored(response: Response) -> StoredAnswer:
    headers = {name: value for name, value in response.items() if name.lower() not in _PASSING_HEADERS}
    return StoredAnswer(response.status_code, headers, response.content)


def _replayed(answer: StoredAnswer) -> HttpResponse:
    return HttpResponse(answer.body, status=answer.status, headers={**answer.headers, REPLAYED_HEADER: "true"})


def _fingerprint(request: Request) -> str:
    """What method, address and body hash to. A form's boundary is another at every try, so its parts count."""
    digest = sha256(f"{request.method} {request.get_full_path()}\n".encode())
    is_form = (request.content_type or "").startswith("multipart/")
    for part in _parts(request) if is_form else [read_bytes(request)]:
        digest.update(part)
    return digest.hexdigest()


def _parts(request: Request) -> Iterator[bytes]:
    form = cast("QueryDict", request.data)  # what the parsers of forms give; other parsers refuse one
    for name, values in sorted(form.lists()):
        for value in values:
            yield repr(name).encode()
            if isinstance(value, UploadedFile):
                yield repr((value.name, value.content_type, value.size)).encode()
                yield from value.chunks()
                value.seek(0)
            else:
                yield repr(value).encode()
