"""What the server's own code makes of a submission, in the form in which the evaluator on a telephone says it."""

from typing import Any
from uuid import UUID

from events.vocabulary import Agency, ConsentDecision, ConsentGiver, ConsentPurpose, RiskCategory, SendingBasis
from services.chassis.moments import moment_of
from services.directory.bodies import LegalBodies
from services.referral.consent.domain import Allowed, Blocked, basis
from services.referral.consent.receipts import Receipt, may_decide
from services.referral.deadlines.calendar import day_in_mexico
from services.referral.first_steps.domain import shown_first
from services.referral.lifecycle.device_decisions import decision_digest
from services.referral.routing.domain import Assessment, Proposal, assess
from services.referral.routing.policy import RuleSet

Json = dict[str, Any]


def decided_here(document: Json, rules: RuleSet, bodies: LegalBodies) -> Json:
    """The same as ``decide(document, reference)`` of ``decide.js``, from the code that decides on the server."""
    found = assess(document, rules, day_in_mexico(moment_of(document["occurred_at"])))
    shown = [one for one in found.proposals if one.agency is not Agency.PEAS]
    first = shown_first(found, document["shelter"], bodies)
    consent: Json = {"ask": [], "sentWithoutAsking": [], "withheld": []}
    for proposal in shown:
        where, what = _consent(proposal, found, document)
        consent[where].append(what)
    return {
        "ruleSet": found.rule_set,
        "child": found.child,
        "danger": found.danger,
        "authorityFeared": found.authority_feared,
        "categories": sorted({str(code) for one in shown for code in one.categories} - {RiskCategory.PEAS}),
        "urgency": min((str(one.urgency) for one in shown), default=None),
        "proposals": [_named(one) for one in found.proposals],
        "leadAgency": found.lead,
        "firstSteps": [str(step) for step in first.steps],
        "bodies": list(first.bodies),
        **consent,
        "digest": decision_digest(UUID(document["submission_id"]), found),
    }


def _named(one: Proposal) -> Json:
    return {"agency": one.agency, "urgency": one.urgency, "categories": [str(code) for code in one.categories]}


def _consent(proposal: Proposal, found: Assessment, document: Json) -> tuple[str, Any]:
    """Where a recipient stands before anybody was asked, and what the form needs to know of it."""
    givers = [giver for giver in ConsentGiver if may_decide(giver, found, document)]
    person = document.get("kind", "person") == "person"
    if person and proposal.agency in document.get("withhold_from", ()):
        return "withheld", proposal.agency
    unasked = _basis(proposal, found, document)
    vital = unasked is SendingBasis.VITAL_INTEREST
    if unasked is not None and not (vital and givers):
        return "sentWithoutAsking", {"agency": proposal.agency, "basis": unasked}
    covers = {
        str(purpose): codes
        for purpose in ConsentPurpose
        if (codes := [str(code) for code in proposal.categories if code in found.purposes[purpose]])
    }
    return "ask", {
        **_named(proposal),
        "purposes": list(covers),
        "covers": covers,
        "givers": [str(giver) for giver in givers],
        "discloses": sorted(proposal.disclosed),
        "unasked": unasked,
        "ifUnable": _basis(proposal, found, document, *(_unable(proposal.agency, one) for one in givers[:1])),
    }


def _unable(agency: Agency, giver: ConsentGiver) -> Receipt:
    return Receipt(recipient=agency, decision=ConsentDecision.CANNOT_DECIDE, given_by=giver)


def _basis(proposal: Proposal, found: Assessment, document: Json, *receipts: Receipt) -> SendingBasis | None:
    match basis(proposal, found, document, receipts, moment_of(document["occurred_at"])):
        case Allowed(basis=on):
            return on
        case Blocked():
            return None
