"""The SQL of one mapped column: what can be wrong with its text, and the value the text stands for."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import orjson
from psycopg import sql

from core.i18n.countries import CODES
from etl.entities import Field, Kind
from etl.mapping import Column, Mapping
from etl.reasons import Reason

Check = tuple[sql.Composable, Reason, str]  # what is wrong if true, why, and a detail for the sentence


def first_of(checks: Iterable[Check]) -> sql.Composable:
    """An array of reason and detail of the first check that finds something, or NULL."""
    whens = [
        sql.SQL("WHEN {} THEN ARRAY[{}, {}]").format(wrong, sql.Literal(reason.value), sql.Literal(detail))
        for wrong, reason, detail in checks
    ]
    return sql.SQL("CASE {} END").format(sql.SQL(" ").join(whens)) if whens else sql.SQL("NULL::text[]")


@dataclass(frozen=True, slots=True)
class ColumnSql:
    """A column over a shaped row called `s`. Without a mapped column its value is empty."""

    mapping: Mapping
    field: Field
    column: Column | None

    @property
    def raw(self) -> sql.Composable:
        return sql.Identifier("s", self.field.name)

    @property
    def value(self) -> sql.Composable:
        """The text after the mapping's lookup."""
        if self.column is None or self.column.lookup is None:
            return self.raw
        pairs = orjson.dumps(self.mapping.lookups[self.column.lookup]).decode()
        return sql.SQL("({}::jsonb ->> lower({}))").format(sql.Literal(pairs), self.raw)

    @property
    def number(self) -> sql.Composable:
        return sql.SQL("etl_staging.number({})").format(self.value)

    @property
    def moment(self) -> sql.Composable:
        return sql.SQL("etl_staging.moment({}, {})").format(self.value, sql.Literal(self.mapping.timezone))

    @property
    def minor(self) -> sql.Composable:
        return sql.SQL("({} * {})").format(self.number, sql.Literal(10**self.mapping.decimals))

    @property
    def typed(self) -> sql.Composable:
        """The value in the type of its kind, the same for texts that mean the same (18 and 18.0)."""
        templates = {
            Kind.TEXT: "coalesce({value}, '')",
            Kind.LINES: "coalesce({value}, '')",
            Kind.SKU: "{value}",
            Kind.GTIN: "{value}",
            Kind.CODE: "{value}",
            Kind.REFERENCE: "{value}",
            Kind.EMAIL: "coalesce(etl_staging.email({value}), '')",
            Kind.CHOICE: "lower({value})",
            Kind.COUNTRY: "upper({value})",
            Kind.INTEGER: "{number}::bigint",
            Kind.DECIMAL: "trim_scale({number})",
            Kind.MONEY: "{minor}::bigint",
            Kind.MOMENT: "{moment}",
            Kind.BOOLEAN: "etl_staging.yes({value})",
        }
        return sql.SQL(templates[self.field.kind]).format(
            value=self.value, number=self.number, minor=self.minor, moment=self.moment
        )

    @property
    def is_required(self) -> bool:
        """Whether an empty value rejects its row. A choice that is mapped is made for every row: nothing is guessed."""
        return self.field.required or (self.column is not None and (self.column.required or bool(self.field.choices)))

    @property
    def _choice(self) -> sql.Composable:
        choices = sql.Literal(list(self.field.choices))
        return sql.SQL("CASE WHEN lower({0}) = ANY ({1}::text[]) THEN lower({0}) END").format(self.value, choices)

    @property
    def _remedy(self) -> str:
        choices = ", ".join(self.field.choices)
        lookup = self.column.lookup if self.column else None
        return f"add it to the mapping's table {lookup} as one of: {choices}" if lookup else f"use one of: {choices}"

    def checks(self) -> Iterator[Check]:
        """What is wrong, the first that applies first. A NULL is neither too long nor unknown."""
        if self.is_required:
            yield sql.SQL("{} IS NULL").format(self.raw), Reason.MISSING, ""
        if self.column and self.column.lookup and self.field.kind is not Kind.CHOICE:
            reason = Reason.UNKNOWN_COUNTRY if self.field.kind is Kind.COUNTRY else Reason.UNKNOWN_VALUE
            yield self._unread(self.value), reason, self.column.lookup
        match self.field.kind:
            case Kind.TEXT | Kind.LINES | Kind.SKU | Kind.CODE:
                yield from self._text_checks()
            case Kind.INTEGER | Kind.DECIMAL | Kind.MONEY:
                yield from self._number_checks()
            case _:
                yield from self._word_checks()

    def _word_checks(self) -> Iterator[Check]:
        match self.field.kind:
            case Kind.MOMENT:
                yield self._unread(self.moment), Reason.BAD_DATE, ""
            case Kind.BOOLEAN:
                yield self._unread(sql.SQL("etl_staging.yes({})").format(self.value)), Reason.NOT_A_BOOLEAN, ""
            case Kind.GTIN:
                yield sql.SQL("NOT catalog_is_gtin({})").format(self.value), Reason.INVALID_GTIN, ""
            case Kind.EMAIL:
                yield self._unread(sql.SQL("etl_staging.email({})").format(self.value)), Reason.INVALID_EMAIL, ""
            case Kind.CHOICE:
                yield self._unread(self._choice), Reason.UNKNOWN_STATE, self._remedy
            case Kind.COUNTRY:
                known = sql.SQL("upper({}) <> ALL ({}::text[])").format(self.value, sql.Literal(sorted(CODES)))
                yield known, Reason.UNKNOWN_COUNTRY, ""

    def _unread(self, read: sql.Composable) -> sql.Composable:
        return sql.SQL("{} IS NOT NULL AND {} IS NULL").format(self.raw, read)

    def _text_checks(self) -> Iterator[Check]:
        if self.field.kind is Kind.CODE:
            yield sql.SQL("{} !~ '^[-a-zA-Z0-9_]+$'").format(self.value), Reason.NOT_A_CODE, ""
        if (limit := self.field.max_length) is not None:
            yield sql.SQL("length({}) > {}").format(self.value, sql.Literal(limit)), Reason.TOO_LONG, str(limit)

    def _number_checks(self) -> Iterator[Check]:
        yield self._unread(self.number), Reason.NOT_A_NUMBER, ""
        if self.field.kind is Kind.INTEGER:
            yield sql.SQL("{0} <> trunc({0})").format(self.number), Reason.NOT_WHOLE, ""
        if self.field.kind is Kind.MONEY:
            places = str(self.mapping.decimals)
            yield sql.SQL("{0} <> trunc({0})").format(self.minor), Reason.TOO_MANY_DECIMALS, places
        for minimum in self._limits("minimum"):
            yield sql.SQL("{} < {}").format(self.number, sql.Literal(minimum)), Reason.TOO_SMALL, str(minimum)
        for maximum in self._limits("maximum"):
            yield sql.SQL("{} > {}").format(self.number, sql.Literal(maximum)), Reason.TOO_LARGE, str(maximum)

    def _limits(self, name: str) -> Iterator[int]:
        own = getattr(self.field, name)
        if own is not None:
            yield own // 10**self.mapping.decimals if self.field.kind is Kind.MONEY else own
        if self.column is not None and getattr(self.column, name) is not None:
            yield getattr(self.column, name)
