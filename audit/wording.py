"""Recorded changes in the reader's words: columns by their names, amounts as money, keys as what they stand for."""

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db.models import BooleanField, DateField, DateTimeField, DecimalField, Field, Model, Q
from django.utils import formats, timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.functional import Promise
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from audit.models import Change
from audit.tracked import tracked_tables
from core.context import Door
from core.errors import InvalidInput
from core.i18n import countries
from core.i18n.addresses import PostalAddress
from core.i18n.currencies import DECIMALS
from core.i18n.money_format import money_text
from core.money import Money
from core.templatetags.shop import address_lines, percent

Key = tuple[str, str]

_ERASED = "…"
_LONGEST = 300
# Every row has the first two, and the change itself says them; the database keeps the third for lists, from prices.
_PLAIN = {"id", "created_at", "from_price_minor"}
# An amount is shown with its currency, so it needs no word on how it is stored.
_AMOUNTS: dict[str, str | Promise] = {
    "price_minor": _("Price"),
    "compare_at_minor": _("Compare-at price"),
    "cost_minor": _("Cost price"),
    "free_from_minor": _("Free from this subtotal"),
}
_REFERENCES: dict[str, str | Promise] = {
    Door.TASK: _("Task"),
    Door.COMMAND: _("Run"),
    Door.IMPORT: _("Run"),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A column before and after, as text; empty for nothing."""

    column: str
    label: str
    before: str
    after: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """A change as it is read. `name` is of a part, and empty for the row whose history it is."""

    change: Change
    kind: str
    name: str
    who: str
    door: str
    reference_label: str
    cells: list[Cell]

    @property
    def says(self) -> bool:
        """Whether it tells of anything but columns that the database derives."""
        return bool(self.cells) or self.change.operation != Change.Operation.UPDATE


def tell(
    changes: Sequence[Change], *, about: str, known: Iterable[Model] = (), without: dict[str, set[str]] | None = None
) -> list[Told]:
    """Changes in words, those of `about` (a label such as "catalog.product") and of its parts, in their order.

    `known` are rows at hand, which are not read again; `without` names by model columns to leave out. At most one
    query a model that is named, and two for currencies, whatever the number of changes.
    """
    words = _Words(changes, about, known)
    left_out = without or {}
    return [words.tell(change, left_out.get(change.model, ())) for change in changes]


def _model_of(label: str) -> type[Model] | None:
    """The model of a label; None if the code has it no more."""
    try:
        return apps.get_model(label)
    except LookupError:
        return None


def _fields_of(label: str) -> "dict[str, Field[Any, Any]]":
    model = _model_of(label)
    return {str(field.column): field for field in model._meta.concrete_fields} if model else {}


def _columns_of(change: Change) -> list[str]:
    """The columns that were written, in the order of the model."""
    written = {**(change.before or {}), **(change.after or {})}
    ordered = [column for column in _fields_of(change.model) if column in written]
    return ordered + [column for column in written if column not in ordered]


def _kind_of(label: str) -> str:
    """What a row of the model is called; a row between two models is called by the field that it is a value of."""
    model = _model_of(label)
    if model is None:
        return label
    owner: Any = model._meta.auto_created  # the model whose field it is; Django's stubs say bool
    for field in owner._meta.many_to_many if owner else ():
        if field.remote_field.through is model:
            return str(capfirst(field.verbose_name))
    return str(capfirst(model._meta.verbose_name))


def _key(row: Model) -> Key:
    return row._meta.label_lower, str(row.pk)


def _reference(field: "Field[Any, Any]", value: Any) -> Key | None:
    """The row that a foreign key points to."""
    if field.related_model is None or value in (None, _ERASED):
        return None
    return field.related_model._meta.label_lower, str(value)


class _Words:
    def __init__(self, changes: Sequence[Change], about: str, known: Iterable[Model]) -> None:
        self.about = about
        rows = {_key(row): row for row in known}
        self.names = {key: str(row) for key, row in rows.items()} | _names(_named_in(changes, about) - rows.keys())
        self.currencies = _Currencies(changes, rows)

    def tell(self, change: Change, without: Collection[str]) -> Told:
        return Told(
            change=change,
            kind=_kind_of(change.model),
            name="" if change.model == self.about else self._name(change),
            who=self._who(change),
            door=str(change.get_door_display()),
            reference_label=str(_REFERENCES.get(change.door, _("Request"))),
            cells=list(self._cells(change, without)),
        )

    def _who(self, change: Change) -> str:
        if change.actor_id is not None:
            return self.names.get((settings.AUTH_USER_MODEL.lower(), str(change.actor_id)), str(change.actor_id))
        return _now("The shop") if change.door else _now("Past the application, in SQL")

    def _name(self, change: Change) -> str:
        """What the row is called, or was called when it was deleted."""
        model = _model_of(change.model)
        if model is None or model._meta.auto_created:
            return ""
        if name := self.names.get((change.model, change.object_id)):
            return name
        row = {**(change.before or {}), **(change.after or {})}
        return next((str(row[column]) for column in ("sku", "name", "tracking_number") if row.get(column)), "")

    def _cells(self, change: Change, without: Collection[str]) -> Iterator[Cell]:
        fields, columns = _fields_of(change.model), _columns_of(change)
        tracked = tracked_tables().get(change.model)
        parent = tracked.parent if tracked else ""
        # The plain column of a translated one repeats the shop's first language.
        repeated = {_translated(fields[column]) for column in columns if column in fields}
        for column in columns:
            if column in {*_PLAIN, parent, *without, *repeated}:
                continue
            before = self._text(change, column, change.before, after=False)
            after = self._text(change, column, change.after, after=True)
            if before or after:
                field = fields.get(column)
                yield Cell(column, _label(column, field), before, after, getattr(field, "language", ""))

    def _text(self, change: Change, column: str, row: dict[str, Any] | None, *, after: bool) -> str:
        value = (row or {}).get(column)
        field = _fields_of(change.model).get(column)
        if value in (None, "", [], {}):
            return ""
        if field is None or value == _ERASED:
            return _plain(value)
        if key := _reference(field, value):
            return self.names.get(key) or _now("%(id)s, which is gone") % {"id": value}
        if column.endswith("_minor"):
            currency = self.currencies.of(change, after=after)
            return money_text(Money(int(value), currency)) if currency in DECIMALS else str(value)
        return _plain_field(field, value)


def _named_in(changes: Sequence[Change], about: str) -> set[Key]:
    """The rows that some changes name: who did it, the parts, and what foreign keys point to."""
    named: set[Key] = set()
    for change in changes:
        if change.actor_id is not None:
            named.add((settings.AUTH_USER_MODEL.lower(), str(change.actor_id)))
        model = _model_of(change.model)
        if change.model != about and model is not None and not model._meta.auto_created:
            named.add((change.model, change.object_id))
        fields = _fields_of(change.model)
        for column, value in ((c, v) for row in (change.before, change.after) for c, v in (row or {}).items()):
            if column in fields and (key := _reference(fields[column], value)):
                named.add(key)
    return named


def _names(keys: set[Key]) -> dict[Key, str]:
    """What rows are called. One query a model; what is gone is left out."""
    by_model: dict[str, set[str]] = defaultdict(set)
    for label, pk in keys:
        by_model[label].add(pk)
    names = {}
    for label, pks in by_model.items():
        # A name may be put together from the rows that a row belongs to.
        for row in apps.get_model(label)._meta.base_manager.select_related().filter(pk__in=pks):
            names[label, str(row.pk)] = str(row)
    return names


class _Currencies:
    """The currency that a row, or else the row that it is a part of, had at the time of a change."""

    def __init__(self, changes: Sequence[Change], rows: dict[Key, Model]) -> None:
        amounts = [change for change in changes if any(c.endswith("_minor") for c in _columns_of(change))]
        keys = {key for change in amounts if (key := _holder(change))}
        self.now = {key: str(getattr(rows[key], "currency", "")) for key in keys & rows.keys()}
        self.turns: dict[Key, list[tuple[UUID, str, str]]] = defaultdict(list)
        unknown = keys - self.now.keys()
        told = Change.objects.filter(
            Q(before__has_key="currency") | Q(after__has_key="currency"), object_id__in={pk for _label, pk in unknown}
        )
        turns = told.order_by("id").values_list("id", "model", "object_id", "before__currency", "after__currency")
        for pk, label, object_id, before, after in turns if unknown else ():
            self.turns[label, object_id].append((pk, before or after, after or before))
        self.now |= self._read(unknown - self.turns.keys())

    @staticmethod
    def _read(keys: set[Key]) -> dict[Key, str]:
        """Of rows that are older than the audit."""
        return {
            (label, str(pk)): currency
            for label in {label for label, _pk in keys}
            for pk, currency in apps.get_model(label)
            ._meta.base_manager.filter(pk__in=[pk for of, pk in keys if of == label])
            .values_list("pk", "currency")
        }

    def of(self, change: Change, *, after: bool) -> str:
        key = _holder(change)
        if key is None or not (turns := self.turns.get(key)):
            return self.now.get(key, "") if key else ""
        at = bisect_right(turns, change.pk, key=lambda turn: turn[0])
        if at == 0:
            return turns[0][1]
        pk, old, new = turns[at - 1]
        return new if after or pk != change.pk else old


def _holder(change: Change) -> Key | None:
    """The row whose currency the amounts of a change are in."""
    if "currency" in _fields_of(change.model):
        return change.model, change.object_id
    tracked = tracked_tables().get(change.model)
    if tracked is None or change.parent_id is None or "currency" not in _fields_of(tracked.part_of):
        return None
    return tracked.part_of, change.parent_id


def _translated(field: Any) -> str:
    """The column that a translated one is a language of."""
    return str(field.translated_field.column) if getattr(field, "language", "") else ""


def _label(column: str, field: Any) -> str:
    if field is None:
        return column
    language = getattr(field, "language", "")
    if language:
        name = capfirst(field.translated_field.verbose_name)
        return _now("%(field)s (%(language)s)") % {"field": name, "language": dict(settings.LANGUAGES)[language]}
    return str(_AMOUNTS.get(column) or capfirst(field.verbose_name))


def _plain_field(field: "Field[Any, Any]", value: Any) -> str:
    """A value by the kind of its column."""
    if field.flatchoices:
        return str(dict(field.flatchoices).get(value, value))
    match field:
        case BooleanField():
            text = _now("Yes") if value else _now("No")
        case DateTimeField() if moment := parse_datetime(str(value)):
            text = formats.date_format(timezone.localtime(moment), "j M Y, H:i")
        case DateField() if day := parse_date(str(value)):
            text = formats.date_format(day, "j M Y")
        case DecimalField() if field.name.endswith("rate"):
            text = percent(Decimal(str(value)))
        case ArrayField():
            text = ", ".join(countries.name(code) if field.name == "countries" else str(code) for code in value)
        case _ if field.name == "country":
            text = countries.name(str(value))
        case _:
            text = _plain(value)
    return text


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        try:
            address = PostalAddress.from_dict(value)
        except InvalidInput:
            pass
        else:
            return ", ".join([*address_lines(address), countries.name(address.country)])
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
    return Truncator(text).chars(_LONGEST)
