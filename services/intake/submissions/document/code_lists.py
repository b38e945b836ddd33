"""Code lists from ``events.answers`` as sets, and the type of several answers from one list."""

from typing import Annotated, TypeAlias, TypeVar, get_args

from pydantic import Field

from events.answers import AgeBand, YesNoUnsure

AGE_BANDS: frozenset[str] = frozenset(get_args(AgeBand))
YES_NO_UNSURE: frozenset[str] = frozenset(get_args(YesNoUnsure))

Listed = TypeVar("Listed")
Several: TypeAlias = Annotated[tuple[Listed, ...], Field(max_length=64)]
"""Several answers from one list. ``cross_field_rules`` refuses a repeated one."""
