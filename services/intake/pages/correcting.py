"""Corrects a refused document by its faulty fields alone, as a form asks for them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.chassis.authorization.policy import Principal
from services.chassis.ids import uuid5
from services.chassis.locales import catalogue
from services.chassis.web.pages.forms import Form
from services.chassis.web.pages.viewer import Viewer
from services.intake.pages.refused_document import (
    Question,
    answered,
    fault_in_words,
    field_in_words,
    parsed,
    question_of,
)
from services.intake.refusals.repairs import (
    Repair,
    RepairKind,
    is_number,
    parsed_faults,
    repair_of,
    repaired,
    repairs_of,
)
from services.intake.refusals.schemas import OpenedRefusal
from services.intake.submissions.document import Fault

ASKED = "preguntado"
"""The field that lists the paths that a form asks for, so that nothing ticked is an answer, too."""
WORDS = catalogue(__name__)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A document with the answers of a form, and what is still wrong with it."""

    document: dict[str, Any]
    faults: Sequence[Fault]


@dataclass(frozen=True, slots=True, kw_only=True)
class Correcting:
    """Knows which shelters and consent texts a document may name."""

    shelters: Collection[str]
    wordings: Collection[str]

    def opened(self, read: OpenedRefusal, language: str) -> dict[str, Any]:
        """What a page shows of a document that was just read, with a form for its faulty fields."""
        say = WORDS(language)
        document = parsed(read.document) if read.encoding == "utf-8" else None
        if document is None:
            return {"facts": (), "raw": read.document, "repairs": (), "correctable": False, "asked": ""}
        found = repairs_of(parsed_faults(document, self.shelters, self.wordings))
        questions = [question_of(one, say, _now(document, one)) for one in found or ()]
        return {"facts": answered(document, say), "raw": "", **_form(questions), "correctable": found is not None}

    def attempt(
        self, stored: bytes, answers: Mapping[str, Any], by: Principal, command: UUID, *, as_new: bool
    ) -> Attempt:
        """The document with the answers. ``as_new``: under an id of its own, the same however often it is sent."""
        document = parsed(stored.decode(errors="replace")) or {}
        own = uuid5(command, "submission")
        corrected = repaired(document, answers, shelter=by.org, submission=own)
        if as_new:
            corrected["submission_id"] = str(own)
        return Attempt(corrected, parsed_faults(corrected, self.shelters, self.wordings))

    def again(self, attempt: Attempt, form: Form, language: str) -> dict[str, Any]:
        """What the page shows after an attempt: what was asked before with what was answered, and what is wrong now.

        Nothing of the document is filled in: it was not opened again.
        """
        say = WORDS(language)
        before = asked_in(form)
        known = {one.key for one in before}
        new = [one for one in repairs_of(attempt.faults) or () if one.key not in known]
        questions = [question_of(one, say, _said(form, one)) for one in (*before, *new)]
        asked = {one.path for one in (*before, *new) if one.kind is not RepairKind.REMOVE}
        wrong = [
            (
                field_in_words(one.field, say),
                fault_in_words(one.code, one.es, one.en, say),
                one.field if one.field in asked else "",
            )
            for one in attempt.faults
        ]
        return {"facts": (), "raw": "", **_form(questions), "wrong": wrong, "correctable": True}


def answers_in(form: Form, viewer: Viewer) -> dict[str, Any]:
    """The answers of a form by path; ``None``: the field is taken out.

    Raises:
        MalformedRequestError: a moment is none.
    """
    found: dict[str, Any] = {}
    for repair in asked_in(form):
        found |= _answer(form, repair, viewer)
    return found


def asked_in(form: Form) -> list[Repair]:
    """What the form asked for."""
    return [one for key in (form.text(ASKED) or "").split() if (one := repair_of(key)) is not None]


def _answer(form: Form, repair: Repair, viewer: Viewer) -> dict[str, Any]:
    path, written = repair.path, form.text(repair.key)
    match repair.kind:
        case RepairKind.REMOVE:
            return {path: None} if written else {}
        case RepairKind.MANY:
            return {path: [code for code in repair.options if form.text(f"{path}~{code}")]}
        case RepairKind.MOMENT:
            at = form.moment(path, viewer)
            return {} if at is None else {path: at.isoformat()}
        case RepairKind.ONE if repair.options == ("true", "false"):
            return {path: None if written is None else written == "true"}
        case _ if written is not None and is_number(path) and written.isdecimal():
            return {path: int(written)}
    return {path: written}


def _form(questions: Sequence[Question]) -> dict[str, Any]:
    return {"repairs": questions, "asked": " ".join(one.key for one in questions)}


def _now(document: Mapping[str, Any], repair: Repair) -> list[str]:
    """What the document says in a field, as far as a form can show it: no moment and no day that is none."""
    if repair.kind in {RepairKind.MOMENT, RepairKind.DAY}:
        return []
    value: Any = document
    for step in repair.path.split("."):
        if not isinstance(value, Mapping) or step not in value:
            return []
        value = value[step]
    if isinstance(value, list):
        return [str(one) for one in value]
    return [str(value).lower() if isinstance(value, bool) else str(value)] if value is not None else []


def _said(form: Form, repair: Repair) -> list[str]:
    """What was answered in a form before."""
    if repair.kind is RepairKind.MANY:
        return [code for code in repair.options if form.text(f"{repair.path}~{code}")]
    written = form.text(repair.key)
    return [] if written is None else [written]
