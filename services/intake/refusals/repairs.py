"""Which fields of a refused document are to be answered anew so that it is valid, and the document with them. Pure.

A field is named by its path, as faults name it. What cannot be answered on its own is taken out: a consent is then
asked for again on the case's page, which is better than a consent that somebody put together afterwards.
"""

import types
from collections.abc import Collection, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin
from uuid import UUID

from pydantic import BaseModel

from services.intake.submissions.document import Fault, InvalidSubmission, Submission
from services.intake.submissions.document.cross_field_rules import NEEDED_OF_A_PERSON
from services.intake.submissions.document.faults import WHOLE
from services.intake.submissions.document.validation import read

TAKEN_OUT: Final = frozenset(
    {
        *("null_value", "wrong_side", "must_be_empty_when_not_private", "not_for_this_kind"),
        *("only_when_granted", "only_when_wants_time"),
    }
)
"""What is wrong by being there."""
WHOLE_PARTS: Final = ("consent", "device", "best_interests")
"""Parts that are taken out as a whole: of a list, the element."""
BY_ITSELF: Final = frozenset({"submission_id", "shelter", "sent_at"})
"""Fields that the program fills in."""
AGE: Final = "screening.age_band"
PRIVATE: Final = "screening.private"
PERHAPS: Final = {"wrong_side": AGE, "must_be_empty_when_not_private": PRIVATE}
"""The answer that may be the wrong one where another is wrong beside it."""
TAKE_OUT: Final = "-"
UNKNOWN: Final = "unknown_fields"
"""Stands for all fields that the form does not have: their names may say anything, and none is a path."""


class RepairKind(StrEnum):
    """How a field is answered anew."""

    ONE = "one"
    MANY = "many"
    TEXT = "text"
    MOMENT = "moment"
    DAY = "day"
    REMOVE = "remove"


KINDS: Final = {"occurred_at": RepairKind.MOMENT, "screening.entry_date": RepairKind.DAY}
"""Fields that are no text."""
NEEDED: Final = frozenset({*NEEDED_OF_A_PERSON, "worker", "occurred_at"})


@dataclass(frozen=True, slots=True)
class Repair:
    """One field to answer anew."""

    path: str
    kind: RepairKind
    options: tuple[str, ...] = ()
    """The codes of which it is one or several."""
    needed: bool = True
    """Whether the document cannot be without it."""

    @property
    def key(self) -> str:
        """Names it in a form: to take a field out is something else than to answer it."""
        return f"{TAKE_OUT}{self.path}" if self.kind is RepairKind.REMOVE else self.path


def parsed_faults(document: object, shelters: Collection[str], wordings: Collection[str]) -> tuple[Fault, ...]:
    """The faults of a parsed document."""
    try:
        read(deepcopy(document), shelters=shelters, wordings=wordings)
    except InvalidSubmission as invalid:
        return invalid.faults
    return ()


def repairs_of(faults: Sequence[Fault]) -> list[Repair] | None:
    """A repair for each fault, in the order of their fields; ``None``: no answer to a single field can mend it."""
    found: dict[str, Repair] = {}
    for fault in faults:
        if fault.field in BY_ITSELF:
            continue
        one = _repair(fault)
        if one is None:
            return None
        found.setdefault(one.path, one)
        if fault.code in PERHAPS:
            other = PERHAPS[fault.code]
            found.setdefault(other, Repair(other, RepairKind.ONE, _codes(_type_at(other)), needed=False))
    return list(found.values())


def repaired(
    document: Mapping[str, Any], answers: Mapping[str, Any], *, shelter: str, submission: UUID
) -> dict[str, Any]:
    """The document with these answers; ``None`` takes a field out. ``submission``: the id, if it has no valid one."""
    whole: dict[str, Any] = (
        _known(deepcopy(dict(document)), Submission) if UNKNOWN in answers else deepcopy(dict(document))
    )
    # The last element of a list first, so that those before it keep their places.
    for path in sorted(answers, key=_by_place, reverse=True):
        _put(whole, path.split("."), answers[path])
    whole.pop("sent_at", None)
    whole["shelter"] = shelter
    try:
        whole["submission_id"] = str(UUID(str(whole.get("submission_id"))))
    except ValueError:
        whole["submission_id"] = str(submission)
    return whole


def repair_of(key: str) -> Repair | None:
    """The repair that a key names; ``None``: it is of no field of the form's, or of none that is answered alone."""
    if key.startswith(TAKE_OUT):
        return Repair(key.removeprefix(TAKE_OUT), RepairKind.REMOVE)
    return _repair(Fault(key, "not_valid", "", ""))


def is_known(path: str) -> bool:
    """Whether the form has a field of this path."""
    return _type_at(path) is not None


def codes_at(path: str) -> tuple[str, ...]:
    """The codes of which the answer of a field is one, or an element of it; none: it has no codes."""
    return _codes(_type_at(path))


def is_number(path: str) -> bool:
    """Whether the field of a path is a number."""
    return _type_at(path) is int


def _repair(fault: Fault) -> Repair | None:
    steps = fault.field.split(".")
    if fault.code == "unknown_field":
        return Repair(UNKNOWN, RepairKind.REMOVE)
    if fault.field == WHOLE:
        return None
    if steps[0] in WHOLE_PARTS:
        return Repair(".".join(steps[:2]) if steps[0] == "consent" else steps[0], RepairKind.REMOVE)
    if fault.code in TAKEN_OUT:
        return Repair(fault.field, RepairKind.REMOVE)
    if steps[-1].isdecimal():  # an element of a list of codes: the list is answered anew
        return _repair(Fault(".".join(steps[:-1]), fault.code, "", ""))
    needed = fault.code == "required" or steps[-1] in NEEDED
    return _answerable(fault.field, _type_at(fault.field), needed=needed)


def _answerable(path: str, kind: Any, *, needed: bool) -> Repair | None:
    if kind is None:
        return None
    if get_origin(kind) is tuple:
        codes = _codes(_bare(get_args(kind)[0]))
        return Repair(path, RepairKind.MANY, codes, needed) if codes else Repair(path, RepairKind.REMOVE)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return None if needed else Repair(path, RepairKind.REMOVE)
    if codes := _codes(kind):
        return Repair(path, RepairKind.ONE, codes, needed)
    return Repair(path, KINDS.get(path, RepairKind.TEXT), (), needed)


def _type_at(path: str) -> Any:
    """The type of a field; ``None``: there is none."""
    kind: Any = Submission
    for step in path.split("."):
        if step.isdecimal():
            kind = _bare(get_args(kind)[0]) if get_origin(kind) is tuple else None
        else:
            fields = kind.model_fields if isinstance(kind, type) and issubclass(kind, BaseModel) else {}
            kind = _bare(fields[step].annotation) if step in fields else None
        if kind is None:
            return None
    return kind


def _bare(kind: Any) -> Any:
    """A type without what it may be besides: nothing, and what is said about it."""
    if get_origin(kind) is Annotated:
        return _bare(get_args(kind)[0])
    if get_origin(kind) in {Union, types.UnionType}:
        parts = [one for one in get_args(kind) if one is not type(None)]
        return _bare(parts[0]) if len(parts) == 1 else Union[tuple(parts)]  # noqa: UP007 - made while running
    return kind


def _codes(kind: Any) -> tuple[str, ...]:
    if kind is bool:
        return ("true", "false")
    if get_origin(kind) is Literal:
        return tuple(get_args(kind))
    if get_origin(kind) in {Union, types.UnionType}:
        parts = [_codes(one) for one in get_args(kind)]
        return tuple(code for part in parts for code in part) if all(parts) else ()
    return tuple(kind) if isinstance(kind, type) and issubclass(kind, Enum) else ()


def _by_place(path: str) -> list[tuple[int, str]]:
    return [(int(step) if step.isdecimal() else 0, step) for step in path.split(".")]


def _put(whole: Any, steps: Sequence[str], value: Any) -> None:
    """Puts a value where a path says, or takes it out; where there is no such place, nothing happens."""
    *before, last = steps
    for step in before:
        whole = _inside(whole, step)
    if isinstance(whole, list) and last.isdecimal() and int(last) < len(whole):
        whole[int(last) : int(last) + 1] = [] if value is None else [value]
    elif isinstance(whole, dict):
        _set(whole, last, value)


def _inside(whole: Any, step: str) -> Any:
    if isinstance(whole, list):
        return whole[int(step)] if step.isdecimal() and int(step) < len(whole) else None
    if not isinstance(whole, dict):
        return None
    if step == "screening" and not isinstance(whole.get(step), dict):
        whole[step] = {}
    return whole.get(step)


def _set(part: dict[str, Any], name: str, value: Any) -> None:
    if value is None:
        part.pop(name, None)
    else:
        part[name] = value


def _known(part: Any, kind: Any) -> Any:
    if isinstance(part, dict) and isinstance(kind, type) and issubclass(kind, BaseModel):
        fields = kind.model_fields
        return {name: _known(one, _bare(fields[name].annotation)) for name, one in part.items() if name in fields}
    if isinstance(part, list) and get_origin(kind) is tuple:
        return [_known(one, _bare(get_args(kind)[0])) for one in part]
    return part
