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
from services.audit.history import Line
from services.chassis.boxes import Place, open_box
from services.chassis.keyring import Key, key_id
from services.chassis.log import MAPPER
from services.chassis.messages import headers_of, subject_of
from services.chassis.names import Names
from services.chassis.programme import shelters
from services.chassis.workspace import Workspace
from services.intake import submission as documents
from services.intake.commands import opened_by
from services.intake.domain import case_of
from services.intake.domain import subject_of as person_of
from services.intake.projections import follow_referrals
from services.intake.sealing import seal_submission
from services.intake.submission import Submission
from services.intake.wordings import Use, wordings
from services.notifications.domain import SUBJECT, alert_of, text_of
from services.notifications.reactions import REACTIONS
from services.referral.deadlines import load_clocks
from services.referral.projections import _of_referral
from services.referral.reactions import Routing
from services.referral.rerouting import load_rerouting
from services.referral.rules import RuleSet
from services.referral.sending import Policies

AT = datetime(2013, 6, 12, 20, 32, 4, tzinfo=UTC)
CLOCKS = load_clocks()
REROUTING = load_rerouting()
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
    intake = Workspace(NO_LOG, lambda: AT)
    intake.begin(case)
    opened = intake.record(
        case,
        opened_by(submission, seal_submission(submission, keys, case, 1, CaseOpened), AT, TEXTS),
        case=case,
        actor="shelter_worker:ALB-IXT-01:prueba",
        occurred_at=submission.occurred_at,
        cause=submission.submission_id,
    )
    referral = Workspace(NO_LOG, lambda: AT)
    screening = keys[BoxClass.SCREENING]
    referral.keys[screening.id] = screening.secret
    Routing(Policies(rules, CLOCKS, REROUTING)).assess_and_refer(cast("Any", opened), referral)
    referred = [entry.typed for entry in referral.entries]
    notifications = Workspace(NO_LOG, lambda: AT)
    for fact in referred:
        assert fact is not None
        notifications.begin(alert_of(fact.stream))
        for react in REACTIONS.get(type(fact.event), ()):
            react(fact, notifications)
    alerted = [entry.typed for entry in notifications.entries]
    facts = [opened, *(one for one in (*referred, *alerted) if one is not None)]
    return Told(tuple(facts), {key.id: key.secret for key in keys.values()})


def read(document: Any) -> Submission:
    """As it comes in."""
    return documents.received(json.dumps(document).encode(), shelters=shelters(), wordings=TEXTS)


def in_the_open(told: Told) -> dict[str, bytes]:
    """All that leaves a service, by place: states, subjects, headers, rows of lists, alerts, sentences of a history."""
    places: dict[str, bytes] = {}
    for number, fact in enumerate(told.facts):
        entry = MAPPER.to_stored_event(fact)
        name = f"{number} {fact.event.NAME}"
        places[f"{name}: state"] = clear(fact)
        places[f"{name}: subject and headers"] = f"{subject_of(entry, Names())} {headers_of(entry)}".encode()
        line = Line(fact.event.NAME.partition(".")[0], fact).as_item()
        places[f"{name}: history"] = json.dumps(line, ensure_ascii=False).encode()
        if isinstance(fact.event, ReferralFact):
            rows = _of_referral(fact, fact.event), follow_referrals([entry])
            places[f"{name}: rows"] = repr(rows).encode()
        if isinstance(fact.event, AlertRaised):
            places[f"{name}: alert"] = f"{SUBJECT} {text_of(fact.event.urgency, fact.event.code)}".encode()
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
