"""The conditions of a rule as the policy file writes them: JSON that a browser could evaluate, too.

The head of ``policy/rules.yaml`` defines each; ``compiler`` makes predicates of them.
"""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Discriminator, Field, StrictBool, StrictInt, StrictStr, Tag

from events.vocabulary import RiskCategory

Code: TypeAlias = StrictBool | StrictStr


class Part(BaseModel):
    """A part of a policy: immutable, without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class All(Part):
    """Every member holds; true without members."""

    members: "tuple[Condition, ...]" = Field(alias="all")


class AnyOf(Part):
    """At least one member holds."""

    members: "tuple[Condition, ...]" = Field(alias="any", min_length=1)


class Not(Part):
    """The condition does not hold."""

    condition: "Condition" = Field(alias="not")


class Fact(Part):
    """A named condition of the policy holds."""

    fact: StrictStr


class Fired(Part):
    """At least one of these rules fired."""

    fired: tuple[RiskCategory, ...] = Field(min_length=1)


class OnlyFired(Part):
    """No rule fired other than these."""

    only_fired: tuple[RiskCategory, ...]


class Is(Part):
    """The answer is this code."""

    field: StrictStr
    code: Code = Field(alias="is")


class In(Part):
    """The answer is one of these codes."""

    field: StrictStr
    codes: tuple[Code, ...] = Field(alias="in", min_length=1)


class ContainsAny(Part):
    """The list of answers contains one of these codes."""

    field: StrictStr
    codes: tuple[Code, ...] = Field(alias="contains_any", min_length=1)


class NotEmpty(Part):
    """The list of answers is not empty."""

    field: StrictStr
    not_empty: Literal[True]


class CountAtLeast(Part):
    """The list contains at least so many different answers."""

    field: StrictStr
    count: StrictInt = Field(alias="count_at_least", ge=1)


class Some(Part):
    """The condition holds for at least one element."""

    some: StrictStr
    where: "Condition"


class WorkingDaysSince(Part):
    """At least so many working days have passed since the answered date."""

    field: StrictStr = Field(alias="working_days_since")
    days: StrictInt = Field(alias="at_least", ge=1)


_OPERATORS: dict[str, type[Part]] = {
    "all": All,
    "any": AnyOf,
    "not": Not,
    "fact": Fact,
    "fired": Fired,
    "only_fired": OnlyFired,
    "is": Is,
    "in": In,
    "contains_any": ContainsAny,
    "not_empty": NotEmpty,
    "count_at_least": CountAtLeast,
    "some": Some,
    "working_days_since": WorkingDaysSince,
}
_NAMES = {model: name for name, model in _OPERATORS.items()}


def operator(condition: Any) -> str | None:
    """The kind of a condition, by the one operator it has; ``None`` if it has none or several."""
    if isinstance(condition, Part):
        return _NAMES.get(type(condition))
    named = [key for key in condition if key in _OPERATORS] if isinstance(condition, dict) else []
    return named[0] if len(named) == 1 else None


Condition: TypeAlias = Annotated[
    Annotated[All, Tag("all")]
    | Annotated[AnyOf, Tag("any")]
    | Annotated[Not, Tag("not")]
    | Annotated[Fact, Tag("fact")]
    | Annotated[Fired, Tag("fired")]
    | Annotated[OnlyFired, Tag("only_fired")]
    | Annotated[Is, Tag("is")]
    | Annotated[In, Tag("in")]
    | Annotated[ContainsAny, Tag("contains_any")]
    | Annotated[NotEmpty, Tag("not_empty")]
    | Annotated[CountAtLeast, Tag("count_at_least")]
    | Annotated[Some, Tag("some")]
    | Annotated[WorkingDaysSince, Tag("working_days_since")],
    Discriminator(
        operator,
        custom_error_type="condition",
        custom_error_message=f"not a condition: it must name exactly one of {', '.join(_OPERATORS)}",
    ),
]

for _model in (All, AnyOf, Not, Some):
    _model.model_rebuild()
