"""Rates as settings write them: so many uses in so long a time."""

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

_RATE = re.compile(r"([1-9]\d{0,6})/([1-9]\d{0,3})?(s|sec|second|m|min|minute|h|hour|d|day)s?", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


@dataclass(frozen=True, slots=True)
class Rate:
    """So many uses in so long a time."""

    uses: int
    period: timedelta

    @property
    def step(self) -> timedelta:
        """The time after which one more use is possible."""
        return self.period // self.uses


@lru_cache(maxsize=256)
def parse_rate(text: str) -> Rate:
    """The rate that a setting writes as `30/min`, `10/10min` or `5/day`. Raises ValueError."""
    found = _RATE.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no rate: write 30/min, 10/10min, 20/hour or 5/day")
    uses, count, unit = found.groups()
    return Rate(int(uses), timedelta(seconds=int(count or 1) * _SECONDS[unit[0]]))
