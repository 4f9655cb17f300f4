"""Money as integer minor units beside an ISO 4217 code. No float ever enters."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, Inexact, InvalidOperation
from typing import Any, Self

from django.utils.translation import gettext_lazy as _

from core.errors import InvalidInput
from core.i18n.currencies import DECIMALS

_MAX_MINOR = 2**63 - 1
_NO_AMOUNT = _("Please enter an amount such as 25 or 25.50.")
# The default context rounds to 28 digits without a word, which a typed number may exceed.
_EXACT = Context(prec=99, traps=[Inexact])


def decimals(currency: str) -> int:
    """How many decimals a currency's minor unit has: JPY 0, EUR 2, TND 3.

    Raises InvalidInput for a code that ISO 4217 does not list.
    """
    if currency not in DECIMALS:
        message = _("Not the code of a currency: %(currency)s") % {"currency": str(currency)[:16]}
        raise InvalidInput(message, code="unknown_currency", field="currency", details={"currency": str(currency)[:16]})
    return DECIMALS[currency]


def round_half_up(value: Decimal) -> int:
    """The nearest whole number; a half goes away from zero."""
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in minor units of one currency; arithmetic between currencies is refused."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        decimals(self.currency)
        if type(self.minor) is not int:
            raise TypeError("minor units are whole numbers")

    @classmethod
    def zero(cls, currency: str) -> Self:
        return cls(0, currency)

    @classmethod
    def parse(cls, value: Any, currency: str, *, field: str = "amount") -> Self:
        """Read a decimal number or text ("99.900") exactly.

        Raises InvalidInput for anything that is no number, has more decimals than the currency, or does not
        fit the database's BIGINT. A float is refused: its digits are not the ones that were typed.
        """
        places = decimals(currency)
        if isinstance(value, float | bool):
            raise InvalidInput(_NO_AMOUNT, code="invalid_amount", field=field)
        try:
            number = Decimal(value)
        except (InvalidOperation, TypeError, ValueError):
            raise InvalidInput(_NO_AMOUNT, code="invalid_amount", field=field) from None
        if not number.is_finite() or abs(number.adjusted()) > 30:
            raise InvalidInput(_NO_AMOUNT, code="invalid_amount", field=field)
        try:
            scaled = number.scaleb(places, _EXACT)
        except Inexact:
            scaled = None
        if scaled is None or scaled != scaled.to_integral_value():
            message = _("%(currency)s has %(decimals)s decimals at most.") % {"currency": currency, "decimals": places}
            raise InvalidInput(message, code="too_many_decimals", field=field, details={"decimals": places})
        if abs(scaled) > _MAX_MINOR:
            raise InvalidInput(_("This amount is too large."), code="amount_too_large", field=field)
        return cls(int(scaled), currency)

    @classmethod
    def rounded(cls, value: Decimal, currency: str) -> Self:
        """A computed amount in major units, rounded half-up to the minor unit."""
        return cls(round_half_up(value.scaleb(decimals(currency))), currency)

    @property
    def amount(self) -> Decimal:
        """The amount in major units, with all of the currency's decimals."""
        return Decimal(self.minor).scaleb(-decimals(self.currency))

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __mul__(self, quantity: int) -> "Money":
        if not isinstance(quantity, int):
            raise TypeError("multiply money by a whole number, or use share()")
        return Money(self.minor * quantity, self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._same(other)
        return self.minor < other.minor

    def __le__(self, other: "Money") -> bool:
        self._same(other)
        return self.minor <= other.minor

    def __bool__(self) -> bool:
        return self.minor != 0

    def __str__(self) -> str:
        return f"{self.amount:f} {self.currency}"

    def share(self, factor: Decimal, divisor: Decimal = Decimal(1)) -> "Money":
        """This amount times a decimal factor by a divisor, rounded half-up to the minor unit.

        A fraction such as 0.12 / 1.12 is given in its two parts: as one Decimal it would be cut off, and an exact
        half would then be rounded down.
        """
        return Money(round_half_up(Decimal(self.minor) * factor / divisor), self.currency)

    def as_dict(self) -> dict[str, str]:
        """The amount in plain JSON types with all of its decimals: {"amount": "99.900", "currency": "TND"}."""
        return {"amount": f"{self.amount:f}", "currency": self.currency}

    def allocate(self, weights: Sequence[int]) -> "list[Money]":
        """Split by weights so that the parts sum to the whole; the largest remainders get the odd units.

        Raises ValueError when no weight is positive or one is negative.
        """
        total = sum(weights)
        if total <= 0 or min(weights) < 0:
            raise ValueError("weights must be non-negative and not all zero")
        sign = -1 if self.minor < 0 else 1
        whole = abs(self.minor)
        shares = [whole * weight // total for weight in weights]
        by_remainder = sorted(range(len(weights)), key=lambda i: (-(whole * weights[i] % total), i))
        for index in by_remainder[: whole - sum(shares)]:
            shares[index] += 1
        return [Money(sign * share, self.currency) for share in shares]


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum of amounts in one currency; zero for none."""
    return sum(amounts, Money.zero(currency))
