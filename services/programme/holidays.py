"""Mexico's statutory holidays: Ley Federal del Trabajo, art. 74.

Election days, which that article also names, are Sundays, when no desk that observes holidays is open.
"""

from datetime import date
from functools import lru_cache

import holidays


@lru_cache(maxsize=256)
def statutory_holidays(year: int) -> frozenset[date]:
    """The statutory holidays of a year."""
    return frozenset(holidays.country_holidays("MX", years=year, categories=holidays.PUBLIC))
