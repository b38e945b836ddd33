"""What intake makes of the lists in ``events.answers``: who is a child, and several answers of one list."""

from typing import Annotated, TypeAlias, TypeVar, get_args

from pydantic import Field

from events.answers import AgeBand

AGE_BANDS: frozenset[str] = frozenset(get_args(AgeBand))
CHILD_BANDS = frozenset({"0-5", "6-11", "12-14", "15-17"})

Listed = TypeVar("Listed")
Several: TypeAlias = Annotated[tuple[Listed, ...], Field(max_length=64)]
"""Several answers of one list. That none comes twice is looked at in ``coherence``."""
