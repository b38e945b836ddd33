"""How many refused documents an organisation may have stored in a time. Pure.

A refused document is kept, so that nothing that a shelter sent is lost; it may be 60 KB. On a caravan's day a shelter
registers up to 1,500 people (domain.md §1), and software with a fault has each of them refused. What goes beyond is no
shelter's day: it is refused without being kept, and the device keeps it and sends it again later.
"""

from datetime import timedelta

from services.chassis.limits import Limit

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
REFUSED_AN_HOUR, REFUSED_A_DAY = 500, 2000


def limits_of_refused(whose: str) -> list[Limit]:
    """The limits of one organisation, or of one token of those that belong to none."""
    return [
        Limit("refused in an hour", whose, REFUSED_AN_HOUR, HOUR),
        Limit("refused in a day", whose, REFUSED_A_DAY, DAY),
    ]
