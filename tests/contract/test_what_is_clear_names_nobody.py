"""What is clear in an event names nobody, and what is sealed in a sample opens to nothing."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from events.contract import (
    Event,
)
from events.published import schemas
from events.vocabulary import Outcome
from services.referral.lifecycle.transitions import STEPS, StepDetails
from tests.contract.golden_events import EVENTS, SAMPLES, named
from tests.contract.regenerate import parts

CLEAR_FIELDS = Path(__file__).parents[2] / "docs" / "security" / "clear-fields.md"

RECEIPT = {
    "consents", "consents.receipt", "consents.recipient", "consents.decision", "consents.purpose",
    "consents.given_by", "consents.fields", "consents.how", "consents.wording_version", "consents.expires_at",
    "consents.wording_sha256", "consents.asked_by", "consents.until",
}  # fmt: skip


DEADLINES = {
    "deadlines",
    "deadlines.acknowledge_by",
    "deadlines.decide_by",
    "deadlines.serve_by",
    "deadlines.decide_by_if_asked",
}


HANDOVER = {
    "consent", "consent.receipt", "consent.given_by", "consent.best_interests", "consent.fields", "consent.how",
    "consent.wording_version", "consent.wording_sha256", "consent.asked_by",
}  # fmt: skip


CLEAR: dict[str, set[str]] = {
    "intake.case_opened": {
        "submission", "kind", "shelter", "worker", "device", "device_sequence", "sent_at", "late_seconds",
        "skew_seconds", "skew_flagged", "subject", "fingerprint", "decided", "decided.rule_set",
        "decided.digest", *RECEIPT,
    },
    "referral.case_assessed": {
        "submission", "shelter", "lead", "categories", "suppressed", "suppressed.category", "suppressed.reason",
        "rule_set", "first_steps", "bodies", "obligations",
    },
    "referral.duty_due": {
        "obligation", "owner", "shelter", "agency", "referral", "body", "until", "until_day", "basis", "policy",
    },
    "referral.duty_reminded": {
        "obligation", "owner", "shelter", "agency", "referral", "rung", "whom", "urgency", "deadline",
    },
    "referral.duty_done": {"obligation", "owner", "shelter", "agency", "referral", "result"},
    "referral.referrals_exported": {
        "agency", "purpose", "selection", "states", "urgencies", "categories", "desk", "rows",
    },
    "audit.bundle_exported": {"sizes", "sizes.log", "sizes.size"},
    "referral.rules_replayed": {"rule_set", "deadlines", "first_day", "last_day", "cases", "names_cases"},
    "referral.milestone_recorded": {"milestone", "referral", "agency", "shelter", "on"},
    "intake.answers_amended": {"shelter", "worker", "fingerprint", "restored"},
    "intake.person_erased": {"subject", "basis", "classes", "keys", "refusals"},
    "intake.consent_recorded": {"shelter", *(name.replace("consents", "consent") for name in RECEIPT)},
    "intake.consent_withdrawn": {"shelter", "receipt", "recipient"},
    "intake.submission_refused": {
        "org", "code", "faults", "faults.field", "faults.code", "subject", "amends", "submission",
        "device", "device_sequence",
    },
    "intake.refusal_read": {"org", "refusal"},
    "intake.refusal_settled": {"org", "refusal", "corrected", "sent_as", "fingerprint"},
    "intake.identity_read": {"shelter", "purpose", "fields", "requested"},
    "intake.restricted_contact_requested": {
        "shelter", "clear_recipient", "clear_purpose", "wording_version", "wording_sha256", "requested_by",
    },
    "intake.restricted_contact_authorised": {
        "shelter", "requested_by", "authorised_by", "authorised_as",
    },
    "intake.restricted_contact_withdrawn": {"shelter", "recorded_by"},
    "intake.authority_demand_recorded": {"authority", "demanded", "came_to", "court_order", "recorded_by"},
    "intake.authority_demand_answered": {"answer", "came_to", "answered_by", "answered_as"},
    "intake.slip_issued": {"shelter", "slip", "replaces", "override", "issued_by"},
    "intake.slip_attacked": {"shelter", "slip"},
    "intake.slip_revoked": {"shelter", "slip", "revoked_by"},
    "intake.device_enrolled": {"shelter", "device", "public_key", "admitted_by"},
    "intake.device_revoked": {"shelter", "device"},
    "intake.withdrawal_frozen": {"shelter", "slip", "recipient"},
    "intake.withdrawal_checked": {"shelter", "answer", "checked_by", "recipient"},
    "intake.help_confirmed": {"slip", "agency", "confirmation"},
    "intake.handed_over": {"from_shelter", "to_shelter", "slip", *HANDOVER},
    "intake.answers_read": {"shelter", "fields"},
    "intake.case_shown": {"reader", "view", "referrals", "until"},
    "intake.person_told_who_knew": {"shelter", "organisations"},
    "referral.referral_shown": {"reader", "view", "referral", "until", "export"},
    "audit.history_read": {"view", "referral", "at", "until"},
    "intake.duplicate_shown": {"shelter", "first", "later", "shown_to"},
    "intake.duplicate_decided": {"shelter", "first", "later", "decision", "decided_by"},
    "referral.handed_over": {"agency", "shelter", "desk", "formerly", "known_categories"},
    "referral.consent_lapsed": {"agency", "shelter", "receipt", "renew_by"},
    "referral.frozen": {"agency", "shelter", "check_by"},
    "referral.unfrozen": {
        "agency", "shelter", "clocks_from", "deadlines", "deadlines.acknowledge_by", "deadlines.decide_by",
        "deadlines.decide_by_if_asked", "deadlines.serve_by",
    },
    "referral.withdrawal_contested": {"agency", "shelter", "reason"},
    "referral.contest_voted": {"agency", "shelter", "decision"},
    "referral.contest_settled": {"agency", "shelter"},
    "referral.help_offered": {"agency", "shelter", "by"},
    "referral.help_unavailable": {"agency", "shelter", "by", "all_asked"},
    "referral.change_seen": {"agency", "shelter"},
    "referral.followed": {"agency", "shelter", "linked"},
    "referral.disclosure_renewed": {
        "agency", "shelter", "reason", "basis", "receipt", "further_receipts", "basis_until", "uncovered", "at_once",
        "seen_by",
    },
    "referral.shelter_capacity_set": {"shelter", "capacity", "beds", "expires_at"},
    "referral.desk_capacity_set": {"agency", "desk", "capacity", "expires_at"},
    "referral.proposed": {
        "submission", "shelter", "agency", "urgency", "categories", "rule_set", "replaces", "follows",
        "known_categories",
    },
    "referral.reassessed": {
        "agency", "shelter", "urgency", "categories", "rule_set", "desk", "formerly", "seen_by", "uncovered",
        "new_harm", "known_categories", *DEADLINES,
    },
    "referral.info_requested": {"agency", "shelter"},
    "referral.info_supplied": {"agency", "shelter"},
    "referral.declined": {"agency", "shelter", "reason"},
    "referral.service_scheduled": {"agency", "shelter", "clear_appointment_at"},
    "referral.service_started": {"agency", "shelter"},
    "referral.service_delivered": {"agency", "shelter", "clear_outcome"},
    "referral.loop_closed": {"agency", "shelter", "confirmation", "by"},
    "referral.failed": {"agency", "shelter", "clear_outcome"},
    "referral.contact_lost": {"agency", "shelter", "clear_outcome"},
    "referral.cancelled": {"agency", "shelter", "clear_outcome"},
    "referral.withdrawn": {"agency", "shelter", "receipt", "confirm_deletion_by", "outcome", "reason"},
    "referral.deletion_due": {"agency", "shelter", "receipt", "confirm_deletion_by", "reason"},
    "referral.deletion_confirmed": {"agency", "shelter"},
    "referral.disclosure_read": {
        "referral", "agency", "shelter", "reader", "purpose", "fields", "override", "access",
    },
    "referral.entered_in_error": {"agency", "shelter"},
    "referral.rerouted": {"agency", "shelter", "to", "linked"},
    "referral.expired": {"agency", "shelter", "deadline"},
    "referral.escalated": {"agency", "shelter", "urgency", "clock", "rung", "whom", "deadline", "asked"},
    "referral.reopened": {"agency", "shelter", "linked"},
    "referral.rules_adopted": {
        "rule_set", "deadlines", "rerouting", "ladders", "content", "directory", "silence", "duties",
    },
    "referral.policy_kept": {"name", "sha256", "text"},
    "referral.desk_fell_silent": {"desk", "agency", "since", "measure", "urgency", "policy", "caravan", "last_heard"},
    "referral.desk_heard_again": {"desk", "agency", "since", "heard_at"},
    "referral.shelter_fell_silent": {"shelter", "since", "policy", "caravan", "last_heard"},
    "referral.shelter_heard_again": {"shelter", "since", "heard_at"},
    "referral.caravan_began": {"states", "shelters", "reason", "until", "ladders", "silence"},
    "referral.break_glass_opened": {
        "referral", "agency", "shelter", "basis", "opened_for", "until", "review_by",
    },
    "referral.break_glass_limited": {"opened_for", "an_hour", "a_day"},
    "referral.break_glass_reviewed": {"referral", "agency", "shelter", "verdict", "reviewed_as"},
    "referral.break_glass_unreviewed": {"referral", "agency", "shelter", "review_by"},
    "referral.caravan_ended": {"states", "shelters", "how"},
    "intake.shelter_heard": {"shelter", "device", "waiting", "oldest_seconds"},
    "referral.requested": {"agency", "urgency", "shelter", "basis", "receipt", "refusal_shown", "desk", "caravan",
                           "basis_until", "uncovered", "further_receipts", *DEADLINES},
    "referral.blocked": {
        "agency", "urgency", "shelter", "reason", "tell_coordinator",
        "ask_by", "asking_counts", "asking_since", "until", "uncovered",
    },
    "referral.acknowledged": {"agency", "shelter"},
    "referral.accepted": {"agency", "shelter"},
    "notifications.alert_raised": {"referral", "agency", "urgency", "code", "duties", "escalation", "asked", "desk",
                                   "unreached", "about", "caravan", "formerly", "shelter", "not_before", "not_by"},
    "notifications.alert_deferred": {"referral", "agency", "contact", "until"},
    "notifications.webhook_changed": {"org", "change", "reason"},
    "notifications.desk_handed_over": {
        "agency", "desk", "given_by", "taken_by", "on_call", "number",
        "open", "open.code", "open.urgency", "open.state",
    },
    "notifications.contacts_changed": {"change", "contacts"},
    "notifications.channel_tested": {"contact", "channel"},
    "notifications.alert_answered": {"referral", "agency", "shelter", "of_desk"},
    "notifications.alert_delivered": {"referral", "agency", "channel", "contact", "attempt", "way", "together",
                                      "message"},
    "notifications.alert_not_delivered": {
        "referral", "agency", "channel", "contact", "attempt", "failure", "retry_at", "way", "next_way",
    },
    "referral.case_not_routed": {"event", "log", "shelter"},
    "referral.case_routed": {"shelter", "set_aside"},
    "referral.slip_attacked": {"shelter"},
    "referral.device_disagreed": {"submission", "shelter", "device", "rule_set"},
    "notifications.channel_failing": {"channel", "since", "failed", "waiting", "whom"},
    "notifications.channel_recovered": {"channel", "since"},
    "audit.account_created": {"person", "role", "org", "place", "request"},
    "audit.account_changed": {"person", "role", "org", "place", "request"},
    **{
        f"audit.{name}": {"person", "place", "request"}
        for name in (
            "account_disabled", "account_enabled", "account_invited", "account_linked", "password_set",
            "password_removed", "second_factor_set", "second_factor_removed", "recovery_codes_made",
            "recovery_code_used",
        )
    },
    **{
        f"audit.passkey_{what}": {"person", "passkey", "place", "request"} for what in ("added", "removed")
    },
    "audit.signed_in": {"person", "session", "role", "org", "place", "request"},
    "audit.session_ended": {"person", "session", "place", "request"},
    "audit.token_created": {"token", "role", "org", "person", "scopes", "expires_at", "place", "request"},
    "audit.secret_renewed": {"secret", "place", "request"},
    "audit.token_revoked": {"token", "role", "org", "place", "request"},
    "audit.token_expiring": {"token", "role", "org", "expires_at", "place", "request"},
    "audit.token_expired": {"token", "role", "org", "expires_at", "place", "request"},
    "audit.tampering_found": {
        "log", "position", "last", "kind", "of_stream", "other", "found_leaf", "sealed_leaf",
    },
    "audit.tampering_ended": {"log", "position", "last", "kind"},
    "notifications.security_alarm_raised": {
        "watched", "scope", "since", "counted", "who", "place", "whom", "policy",
    },
    "notifications.security_alarm_ended": {"watched", "scope", "since", "counted"},
}  # fmt: skip
"""The fields of each event that are not sealed. Add a field here only if it could never tell who the person is."""


OPAQUE = {
    "organisations",
    "desk", "formerly", "log", "not_by",
    "directory", "duties", "bodies", "body", "basis",
    "shelter", "worker", "device", "fingerprint", "rule_set", "code", "consents.fields", "consents.wording_version",
    "consents.wording_sha256", "consents.asked_by", "consent.wording_sha256", "consent.asked_by",
    "consent.fields", "consent.wording_version", "suppressed.reason", "channel", "contact", "contacts", "failure",
    "given_by", "taken_by", "on_call", "open.code", "decided.rule_set", "decided.digest",
    "org", "person", "place", "who", "scopes",
    "wording_version", "wording_sha256", "requested_by", "authorised_by", "came_to", "recorded_by", "answered_by",
    "from_shelter", "to_shelter", "issued_by", "revoked_by", "checked_by", "decided_by", "shown_to",
    "public_key", "admitted_by", "found_leaf", "sealed_leaf",
    "faults.field", "faults.code", "deadlines", "rerouting", "content", "reader", "fields", "ladders", "rung",
    "policy", "silence", "states", "shelters", "opened_for", "name", "sha256", "text", "requested",
    "sizes.log"
}  # fmt: skip
"""Clear fields that are texts without a code list: codes of ours, checked where they come in."""


class TestWhatIsClearNamesNobody:
    @pytest.mark.parametrize("event", EVENTS, ids=named)
    def test_every_field_is_sealed_or_was_decided_to_be_clear(self, event: type[Event]) -> None:
        assert event.NAME in CLEAR, (
            f"decide which fields of {event.NAME} may be read by anybody, and list them in CLEAR"
        )
        assert set(self._clear(event)) == CLEAR[event.NAME]

    @pytest.mark.parametrize("event", EVENTS, ids=named)
    def test_a_clear_text_is_a_code(self, event: type[Event]) -> None:
        texts = {
            path
            for path, schema in self._clear(event).items()
            if schema.get("type") == "string" and not {"enum", "const", "format"} & schema.keys()
        }
        assert texts <= OPAQUE

    @pytest.mark.parametrize("event", EVENTS, ids=named)
    def test_no_field_takes_whatever_it_is_given(self, event: type[Event]) -> None:
        schema = schemas()[event.topic()]
        for path, part in parts(schema, schema):
            assert part.keys() & {"type", "enum", "const", "anyOf"}, f"{path} takes anything"
            if part.get("type") == "object":
                assert part.get("additionalProperties") is False, f"{path} takes any field"

    def _clear(self, event: type[Event]) -> dict[str, dict[str, Any]]:
        schema = schemas()[event.topic()]
        everything = list(parts(schema, schema))
        boxes = {path for path, part in everything if part.get("title") == "Box"}
        return {
            path: part
            for path, part in everything
            if path
            and part.get("type") != "null"
            and not any(path == box or path.startswith(f"{box}.") for box in boxes)
        }


class TestThePageOfWhatIsClear:
    """``docs/security/clear-fields.md`` says of every clear field what it tells a thief, and why it stays clear."""

    def test_it_has_every_clear_field_once(self) -> None:
        named = Counter(name for names in _rows() for name in names)
        assert [name for name, times in named.items() if times > 1] == []
        missing = {
            f"{event} {field}"
            for event, fields in CLEAR.items()
            for field in fields
            if not {field, f"{event} {field}"} & named.keys()
        }
        assert missing == set()

    def test_it_names_nothing_that_is_no_clear_field(self) -> None:
        fields = {field for every in CLEAR.values() for field in every}
        of_events = {f"{event} {field}" for event, every in CLEAR.items() for field in every}
        assert {name for names in _rows() for name in names} - fields - of_events == set()


def _rows() -> list[list[str]]:
    """The fields of each row of the page."""
    text = CLEAR_FIELDS.read_text(encoding="utf-8")
    cells = [line.split("|")[1:-1] for line in text.splitlines() if line.startswith("| `")]
    assert all(len(row) == 3 and all(cell.strip() for cell in row) for row in cells)
    return [re.findall(r"`([^`]+)`", row[0]) for row in cells]


WISHED = {("intake.restricted_contact_requested", "clear_recipient"),
          ("intake.restricted_contact_requested", "clear_purpose")}  # fmt: skip


def test_no_outcome_appointment_nor_wish_of_today_is_said_in_clear() -> None:
    """Only what was recorded before they were sealed has them; every step that reports something seals it."""
    clear = {(event.NAME, field) for event in EVENTS for field in event.model_fields if field.startswith("clear_")}
    steps = {(step.event, step.report) for step in STEPS.values() if step.report is not None}
    assert clear - WISHED == {(event.NAME, f"clear_{field}") for event, field in steps}
    for event, field in steps:
        made = next(one for one in STEPS.values() if one.event is event).payload(StepDetails(outcome=Outcome.DETAINED))
        assert made == {field: None}, "what is not sealed is not said"


def test_a_box_of_a_sample_is_no_real_box() -> None:
    """Nobody puts a real person's ciphertext into the tree: the samples' boxes hold a text that opens to nothing."""
    for path in SAMPLES:
        for entry in json.loads(path.read_text(encoding="utf-8")):
            for sealed in re.findall(r'"sealed":"([^"]*)"', entry["state"]):
                assert sealed.startswith("ejemplo")
