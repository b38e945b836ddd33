"""A case all the way through on paper: the services' own deciding, without a server, a socket or a clock.

A submission's bytes are read and sealed as intake does it, routed as the referral service does it, alerted as
notifications does it, and told as audit does it. What comes out is everything that would leave a service in clear.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

from events.contract import Event, Recorded
from events.intake import CaseOpened
from events.notifications import AlertRaised
from events.referral import ReferralFact
from events.sealed import Box
from events.vocabulary import BoxClass
from services.audit.history.queries import Line
from services.audit.trace.projections import LOGS
from services.chassis.eventlog.log import MAPPER
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.names import Names
from services.chassis.replication.cloudevents import Copy
from services.chassis.replication.outlet import Outlet
from services.chassis.vault.key_ids import key_id
from services.chassis.vault.keyring import Key
from services.chassis.vault.sealing import Place, open_box
from services.intake.case_status.projections import follow_referrals
from services.intake.submissions import document as documents
from services.intake.submissions.commands import case_opened_event
from services.intake.submissions.document import Submission
from services.intake.submissions.domain import case_of
from services.intake.submissions.domain import subject_of as person_of
from services.intake.submissions.sealing import seal_submission
from services.intake.wordings import Use, wordings
from services.notifications.alerts.reactions import alerts_of, reactions
from services.notifications.alerts.texts import mail_subject, text_of
from services.notifications.delivery.policy import notification_policy
from services.programme.directory_file import shelters
from services.referral.assessment import Policies
from services.referral.deadlines.policy import load_clocks
from services.referral.lifecycle.projections import referral_row
from services.referral.lifecycle.reactions import IntakeReactions
from services.referral.routing.policy import RuleSet

AT = datetime(2013, 6, 12, 20, 32, 4, tzinfo=UTC)
CLOCKS = load_clocks()
REACTIONS = reactions(notification_policy().changes.wait)
TEXTS = wordings(Use.CONSENT)
NO_LOG = cast("Any", None)
"""A case that is only now opened has nothing to be read."""


@dataclass(frozen=True)
class Told:
    """One case's facts in the order in which they come about, and the keys that only two services hold."""

    facts: tuple[Recorded[Event], ...]
    keys: dict[UUID, bytes]

    def of(self, kind: type[Event]) -> list[Any]:
        """The facts of one kind."""
        return [fact for fact in self.facts if isinstance(fact.event, kind)]

    def opened(self, fact: Recorded[Event], field: str) -> dict[str, Any]:
        """What a box holds, opened with its key."""
        content = open_box(
            getattr(fact.event, field), Place(fact.stream, fact.version, fact.event.NAME, field), self.keys
        )
        assert content is not None
        return content


def through(submission: Submission, rules: RuleSet) -> Told:
    """The case of a submission: opened, assessed, referred, alerted."""
    case = case_of(submission.submission_id)
    subject = person_of(submission.submission_id)
    keys = {kind: Key(key_id(subject, kind), subject, kind, bytes([at]) * 32) for at, kind in enumerate(BoxClass, 1)}
    intake = UnitOfWork(NO_LOG, lambda: AT)
    intake.begin(case)
    opened = intake.record(
        case,
        case_opened_event(submission, seal_submission(submission, keys, case, 1, CaseOpened), AT, TEXTS),
        case=case,
        actor="shelter_worker:ALB-IXT-01:prueba",
        occurred_at=submission.occurred_at,
        cause=submission.submission_id,
    )
    referral = UnitOfWork(NO_LOG, lambda: AT)
    screening = keys[BoxClass.SCREENING]
    referral.keys[screening.id] = screening.secret
    IntakeReactions(Policies(rules, CLOCKS)).assess_and_refer(cast("Any", opened), referral)
    referred = [entry.typed for entry in referral.entries]
    notifications = UnitOfWork(NO_LOG, lambda: AT)
    for fact in referred:
        assert fact is not None
        for alert in alerts_of(fact):
            notifications.begin(alert)
        for react in REACTIONS.get(type(fact.event), ()):
            react(fact, notifications)
    alerted = [entry.typed for entry in notifications.entries]
    facts = [opened, *(one for one in (*referred, *alerted) if one is not None)]
    return Told(tuple(facts), {key.id: key.secret for key in keys.values()})


OUTLET = Outlet(Names(), "a-token", bytes(32))


def read(document: Any) -> Submission:
    """As it comes in."""
    return documents.read_bytes(json.dumps(document).encode(), shelters=shelters(), wordings=TEXTS)


def in_the_open(told: Told) -> dict[str, bytes]:
    """All that leaves a service, by place: states, subjects, headers, rows of lists, alerts, sentences of a history."""
    places: dict[str, bytes] = {}
    for number, fact in enumerate(told.facts):
        entry = MAPPER.to_stored_event(fact)
        name = f"{number} {fact.event.NAME}"
        places[f"{name}: state"] = clear(fact)
        places[f"{name}: subject and headers"] = f"{entry.topic} {Copy.of(entry, OUTLET).headers()}".encode()
        log = next(one for one in LOGS if fact.event.NAME.startswith(f"{one}."))
        places[f"{name}: history"] = Line(log, fact).entry().model_dump_json().encode()
        if isinstance(fact.event, ReferralFact):
            rows = referral_row(fact, fact.event), follow_referrals([entry])
            places[f"{name}: rows"] = repr(rows).encode()
        if isinstance(fact.event, AlertRaised):
            places[f"{name}: alert"] = f"{mail_subject()} {text_of(fact.event.urgency, fact.event.code)}".encode()
    return places


def clear(fact: Recorded[Event]) -> bytes:
    """An event's stored state with its boxes taken out."""
    body = json.loads(fact.state())
    for field, value in fact.event:
        if isinstance(value, Box):
            body["data"][field] = None
    return json.dumps(body, ensure_ascii=False).encode()


def destinations(facts: Sequence[Recorded[Event]]) -> list[Any]:
    """Every value under a name that says where something goes."""
    names = ("agency", "lead", "to", "recipient")
    found = [getattr(fact.event, name) for fact in facts for name in names if hasattr(fact.event, name)]
    return [one for one in found if one is not None]
