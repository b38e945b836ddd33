"""Mexico's statutory holidays: Ley Federal del Trabajo, art. 74.

Election days, which that article names too, are Sundays: no desk that keeps them is open then.
"""

from datetime import date
from functools import lru_cache

import holidays


@lru_cache(maxsize=256)
def statutory_holidays(year: int) -> frozenset[date]:
    """Those of a year."""
    return frozenset(holidays.country_holidays("MX", years=year, categories=holidays.PUBLIC))
