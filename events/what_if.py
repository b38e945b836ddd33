"""A period was decided again by other rules: a reading of many people's sealed answers, which changes nothing."""

from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field

from events.contract import Event


class RulesReplayed(Event):
    """The answers of a period's cases were opened to see what other rules or deadlines would have led to.

    Recorded before the first is opened. What came of it is counted without a person; nothing that was decided changes.
    """

    NAME: ClassVar[str] = "referral.rules_replayed"

    rule_set: str | None = None
    """The other rules, by version and hash of their content; ``None``: those of the time."""
    deadlines: str | None = None
    """The other deadlines, likewise; ``None``: those of the time."""
    first_day: date
    """The cases are those that were opened from this day on, by Mexico City's clock,"""
    last_day: date
    """up to and including this one."""
    cases: Annotated[int, Field(ge=0)]
    """The number of cases whose answers are opened, as far as their keys exist."""
    names_cases: bool = False
    """Whether the result names, by their pseudonym, the cases that would have gone elsewhere."""
