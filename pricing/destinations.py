"""Where something goes, as taxes need to know it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """`country` is an ISO 3166-1 alpha-2 code."""

    country: str
