"""Describes requests and demands that concern authorities."""

from collections.abc import Mapping

from events.authorities import (
    AuthorityDemandAnswered,
    AuthorityDemandRecorded,
    RestrictedContactAuthorised,
    RestrictedContactRequested,
    RestrictedContactWithdrawn,
)
from events.contract import Event
from services.audit.prose.sentence import Describer
from services.chassis.locales import Translator


def _wished(event: RestrictedContactRequested, say: Translator) -> str:
    recorded = {"wording": event.wording_version, "requested_by": event.requested_by}
    if event.clear_recipient is None:
        return say("prose.intake.restricted_contact_requested.sealed", **recorded)
    return say(
        "prose.intake.restricted_contact_requested",
        recipient=say(f"restricted.{event.clear_recipient}"),
        purpose=say(f"purpose.{event.clear_purpose}"),
        **recorded,
    )


def _authorised(event: RestrictedContactAuthorised, say: Translator) -> str:
    return say(
        "prose.intake.restricted_contact_authorised",
        authorised_by=event.authorised_by,
        role=say(f"role.{event.authorised_as}"),
        requested_by=event.requested_by,
    )


def _took_back(event: RestrictedContactWithdrawn, say: Translator) -> str:
    return say("prose.intake.restricted_contact_withdrawn", recorded_by=event.recorded_by)


def _demanded(event: AuthorityDemandRecorded, say: Translator) -> str:
    with_order = "prose.intake.authority_demand_recorded.with_order"
    without_order = "prose.intake.authority_demand_recorded.without_order"
    return say(
        with_order if event.court_order else without_order,
        authority=say(f"authority.{event.authority}"),
        demanded=say(f"demanded.{event.demanded}"),
        came_to=event.came_to,
        recorded_by=event.recorded_by,
    )


def _answered(event: AuthorityDemandAnswered, say: Translator) -> str:
    return say(
        "prose.intake.authority_demand_answered",
        came_to=event.came_to,
        answer=say(f"demand_answer.{event.answer}"),
        answered_by=event.answered_by,
        role=say(f"role.{event.answered_as}"),
    )


DESCRIBERS: Mapping[type[Event], Describer] = {
    RestrictedContactRequested: _wished,
    RestrictedContactAuthorised: _authorised,
    RestrictedContactWithdrawn: _took_back,
    AuthorityDemandRecorded: _demanded,
    AuthorityDemandAnswered: _answered,
}
