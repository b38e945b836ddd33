"""Makes commands of the forms of a case's page."""

from typing import Any

from events.consent_rules import ALL_FIELDS
from events.vocabulary import ConsentDecision
from services.chassis.errors import MalformedRequestError
from services.chassis.web.pages.forms import Form, validated
from services.chassis.web.pages.viewer import Viewer
from services.intake.consents.schemas import NewConsent
from services.intake.pages.case_choices import ASKABLE, EVERYTHING, LITTLE

FEW_FIELDS = ("age_band", "interpreter_needed", "language", "planned_departure", "safe_contact", "sex")
"""The answers without which nobody can speak with the person."""
NEEDED = {
    ConsentDecision.GRANTED: ("how", "scope", "wording_version"),
    ConsentDecision.WANTS_TIME: ("until",),
}
"""What a decision says besides."""


def consent_of(form: Form, viewer: Viewer) -> NewConsent:
    """The decision of a form.

    Raises:
        MalformedRequestError: a field is missing or at fault; or the form is not from one of our pages.
    """
    command = form.command_id
    decision = next((one for one in ASKABLE if one == form.text("decision")), None)
    if decision is None:
        raise MalformedRequestError(faults=[{"field": "decision", "code": "enum"}])
    missing = [name for name in NEEDED.get(decision, ()) if form.text(name) is None]
    if missing:
        raise MalformedRequestError(faults=[{"field": name, "code": "missing"} for name in missing])
    said: dict[str, Any] = {
        name: form.text(name) for name in ("recipient", "purpose", "given_by") if form.text(name) is not None
    }
    if decision is ConsentDecision.GRANTED:
        scopes = {EVERYTHING: [ALL_FIELDS], LITTLE: list(FEW_FIELDS)}
        fields = scopes.get(form.text("scope") or "", [])
        said |= {"how": form.text("how"), "wording_version": form.text("wording_version"), "fields": fields}
    if decision is ConsentDecision.WANTS_TIME:
        until = form.moment("until", viewer)
        said |= {"until": None if until is None else until.isoformat()}
    return validated(NewConsent, {"command_id": command, "decision": decision, **said})
