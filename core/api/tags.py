"""Entity tags. A read that its caller has already is answered 304; a change with a stale If-Match is refused.

A tag is `"version.representation"`. The representation is a hash of the answer's bytes, so it differs by language,
by `fields` and by whatever else is shown; If-None-Match compares the whole tag. The version is a hash of the rows that
people edit; If-Match compares the version alone, so the tag of any representation will do. A list has no version.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from core.errors import DomainError
from core.versions import short_hash
from core.web.caching import PRIVATE

READS = frozenset({"GET", "HEAD"})
IF_MATCH, IF_NONE_MATCH = "If-Match", "If-None-Match"
ANY = "*"

_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')
_TAGS = re.compile(rf"\s*{_TAG.pattern}(?:\s*,\s*{_TAG.pattern})*\s*")
_KEPT_BY_304 = ("ETag", "Cache-Control", "Vary")


class PreconditionFailed(DomainError):
    """What is to be changed is no more what the caller has seen; `details` give the `etag` that would do."""

    code = "precondition_failed"
    message = gettext_lazy("This has changed in the meantime. Read it again and send the change with its new ETag.")
    status = 412


@dataclass(frozen=True, slots=True)
class IfMatch:
    """The tags of which one has to be current for a change to be made."""

    tags: tuple[str, ...]

    def require(self, version: str) -> None:
        """Raise PreconditionFailed unless a strong tag is of this version, or any will do."""
        if ANY not in self.tags and version not in map(_version_in, self.tags):
            raise PreconditionFailed(details={"etag": f'"{version}"'})


def if_match(request: Request) -> IfMatch | None:
    """The request's If-Match, None without one. Raises ValidationError for one that cannot be read."""
    header = request.headers.get(IF_MATCH)
    if header is None:
        return None
    tags = _tags_in(header)
    if not tags:
        message = _('Send the ETag of an earlier answer with its quotation marks, several with commas between, or "*".')
        raise ValidationError({IF_MATCH: [message]})
    return IfMatch(tags)


def with_tag(response: HttpResponse, version: str | None) -> HttpResponse:
    """The rendered response with the tag of its bytes, and of the rows' version if it shows such rows."""
    representation = short_hash(response.content)
    response["ETag"] = f'"{representation}"' if version is None else f'"{version}.{representation}"'
    return response


def unless_known(request: Request, response: HttpResponse) -> HttpResponse:
    """A read's tagged response, or 304 without a body where If-None-Match names its tag."""
    # Of a header that cannot be read nothing follows, and the answer is given in full.
    known = {tag.removeprefix("W/") for tag in _tags_in(request.headers.get(IF_NONE_MATCH, ""))}
    if not known & {ANY, response["ETag"]}:
        return response
    unchanged = HttpResponseNotModified()
    for name in _KEPT_BY_304:
        unchanged[name] = response[name]
    # Where a 304 tells a length, it has to be that of the body it stands for.
    unchanged["Content-Length"] = str(len(response.content))
    return unchanged


def let_caches_keep(response: HttpResponse, *, shared: bool, varies_by: Iterable[str]) -> None:
    """Let every cache keep a shared read, to be asked for again with its tag before each use, and no other one.

    Who keeps a personal answer in a program of their own may still ask with its tag.
    """
    response["Cache-Control"] = "public, no-cache" if shared else PRIVATE
    patch_vary_headers(response, ["Accept-Language", "Authorization", "Cookie", *varies_by])


def _tags_in(header: str) -> tuple[str, ...]:
    """The tags of a header, `*` as it stands, none of one that cannot be read."""
    if header.strip() == ANY:
        return (ANY,)
    return tuple(_TAG.findall(header)) if _TAGS.fullmatch(header) else ()


def _version_in(tag: str) -> str | None:
    """The version that a tag is of; none of a weak tag, which may stand for several."""
    return None if tag.startswith("W/") else tag.strip('"').partition(".")[0]
