"""Describes assessments, referrals and policies."""

from collections.abc import Mapping, Sequence

from events.contract import Event
from events.referral import (
    CaseAssessed,
    ChangeSeen,
    ConsentLapsed,
    ContactLost,
    ContestSettled,
    ContestVoted,
    DeletionConfirmed,
    DeletionDue,
    DisclosureRead,
    DisclosureRenewed,
    EnteredInError,
    HelpOffered,
    HelpUnavailable,
    InfoRequested,
    InfoSupplied,
    LoopClosed,
    OutcomeReported,
    PolicyKept,
    ReferralAccepted,
    ReferralAcknowledged,
    ReferralBlocked,
    ReferralCancelled,
    ReferralDeclined,
    ReferralEscalated,
    ReferralExpired,
    ReferralFailed,
    ReferralFollowed,
    ReferralFrozen,
    ReferralHandedOver,
    ReferralProposed,
    ReferralReassessed,
    ReferralReopened,
    ReferralRequested,
    ReferralRerouted,
    ReferralUnfrozen,
    ReferralWithdrawn,
    RulesAdopted,
    ServiceDelivered,
    ServiceScheduled,
    ServiceStarted,
    WithdrawalContested,
)
from events.vocabulary import Confirmation, Duty, Outcome, RiskCategory
from services.audit.prose.glossary import (
    categories_in_words,
    fields_in_words,
    in_mexico,
    listed,
    reader_in_words,
    urgency_in_words,
)
from services.audit.prose.sentence import Describer, plain, sentences
from services.chassis.locales import Translator


def _assessed(event: CaseAssessed, say: Translator) -> str:
    if not event.categories:
        return say("prose.referral.case_assessed.no_category", rule_set=event.rule_set)
    categories = categories_in_words(event.categories, say)
    steps = listed([say(f"first_step.{one}") for one in event.first_steps], say)
    tasks = listed([say(f"obligation.{one}") for one in event.obligations], say)
    bodies = listed(event.bodies, say)
    return sentences(
        say("prose.referral.case_assessed", rule_set=event.rule_set, categories=categories),
        say("prose.referral.case_assessed.lead", agency=event.lead) if event.lead else None,
        say("prose.referral.case_assessed.first_steps", steps=steps) if steps else None,
        say("prose.referral.case_assessed.bodies", bodies=bodies) if bodies else None,
        say("prose.referral.case_assessed.obligations", obligations=tasks) if tasks else None,
    )


def _proposed(event: ReferralProposed, say: Translator) -> str:
    categories = categories_in_words(event.categories, say)
    return sentences(
        say(
            "prose.referral.proposed",
            agency=event.agency,
            urgency=urgency_in_words(event.urgency, say),
            categories=categories,
        ),
        say("prose.referral.proposed.follows") if event.follows else None,
    )


def _uncovered(key: str, categories: Sequence[RiskCategory], say: Translator) -> str | None:
    """That an agency is not told of some categories; ``None``: it is told of all."""
    return say(key, categories=categories_in_words(categories, say)) if categories else None


def _requested(event: ReferralRequested, say: Translator) -> str:
    what = {
        "agency": event.agency,
        "basis": say(f"basis.{event.basis}"),
        "acknowledge_by": in_mexico(event.deadlines.acknowledge_by),
        "decide_by": in_mexico(event.deadlines.decide_by),
    }
    sent = say("prose.referral.requested.at_desk", desk=event.desk, **what) if event.desk else None
    return sentences(
        sent or say("prose.referral.requested", **what),
        say("prose.referral.requested.refusal") if event.refusal_shown else None,
        _uncovered("prose.referral.requested.uncovered", event.uncovered, say),
    )


def _blocked(event: ReferralBlocked, say: Translator) -> str:
    return sentences(
        say("prose.referral.blocked", agency=event.agency, reason=say(f"block.{event.reason}")),
        say("prose.referral.blocked.until", until=in_mexico(event.until)) if event.until else None,
        _uncovered("prose.referral.blocked.uncovered", event.uncovered, say),
        say("prose.referral.blocked.ask_by", ask_by=in_mexico(event.ask_by)) if event.ask_by else None,
    )


def _reassessed(event: ReferralReassessed, say: Translator) -> str:
    categories = categories_in_words(event.categories, say)
    return sentences(
        say(
            "prose.referral.reassessed",
            agency=event.agency,
            urgency=urgency_in_words(event.urgency, say),
            categories=categories,
        ),
        say("prose.referral.reassessed.new_harm") if event.new_harm else None,
        _uncovered("prose.referral.reassessed.uncovered", event.uncovered, say),
        _desk(event, say),
        say("prose.referral.disclosure_renewed.seen_by", until=in_mexico(event.seen_by)) if event.seen_by else None,
    )


def _desk(event: ReferralReassessed | ReferralHandedOver, say: Translator) -> str | None:
    """The desk that answers from here on, and the one that had it before."""
    if event.desk is None:
        return None
    if event.formerly is None:
        return say("prose.referral.reassessed.desk", desk=event.desk)
    return say("prose.referral.another_desk", desk=event.desk, formerly=event.formerly)


def _handed_over(event: ReferralHandedOver, say: Translator) -> str:
    return sentences(
        say("prose.referral.handed_over", agency=event.agency, shelter=event.shelter),
        _desk(event, say),
        None if event.known_categories is None else say("prose.referral.handed_over.known"),
    )


def _declined(event: ReferralDeclined, say: Translator) -> str:
    return say("prose.referral.declined", agency=event.agency, reason=say(f"decline.{event.reason}"))


def _scheduled(event: ServiceScheduled, say: Translator) -> str:
    if event.clear_appointment_at is None:
        return say("prose.referral.service_scheduled.sealed", agency=event.agency)
    return say("prose.referral.service_scheduled", agency=event.agency, at=in_mexico(event.clear_appointment_at))


def _ended(key: str) -> Describer:
    """A describer of an event with an outcome, which is sealed; older ones say it in clear."""
    return lambda event, say: say(key, agency=event.agency, outcome=_outcome(event, say))


def _outcome(event: OutcomeReported, say: Translator) -> str:
    """An auditor has no key: the history tells that an outcome was reported, and by whom, but not which."""
    return say("other.sealed_outcome") if event.clear_outcome is None else say(f"outcome.{event.clear_outcome}")


def _closed(event: LoopClosed, say: Translator) -> str:
    what = {"agency": event.agency, "confirmation": say(f"confirmation.{event.confirmation}")}
    if event.confirmation is Confirmation.UNCONFIRMED:
        return say("prose.referral.loop_closed", **what)
    return say("prose.referral.loop_closed.said_by", by=say(f"confirmed_by.{event.by}"), **what)


def _cancelled(event: ReferralCancelled, say: Translator) -> str:
    if event.clear_outcome is Outcome.UNKNOWN:
        return say("prose.referral.cancelled", agency=event.agency)
    return say("prose.referral.cancelled.became", agency=event.agency, outcome=_outcome(event, say))


def _withdrawn(event: ReferralWithdrawn, say: Translator) -> str:
    what = {"agency": event.agency, "reason": say(f"withdrawal.{event.reason}")}
    if event.confirm_deletion_by is None:
        return say("prose.referral.withdrawn", **what)
    return say("prose.referral.withdrawn.to_delete", until=in_mexico(event.confirm_deletion_by), **what)


def _deletion_due(event: DeletionDue, say: Translator) -> str:
    reason, until = say(f"withdrawal.{event.reason}"), in_mexico(event.confirm_deletion_by)
    return say("prose.referral.deletion_due", agency=event.agency, reason=reason, until=until)


def _frozen(event: ReferralFrozen, say: Translator) -> str:
    return say("prose.referral.frozen", agency=event.agency, until=in_mexico(event.check_by))


def _unfrozen(event: ReferralUnfrozen, say: Translator) -> str:
    if event.deadlines is None:
        return say("prose.referral.unfrozen", agency=event.agency)
    return say("prose.referral.unfrozen.later", agency=event.agency, decide_by=in_mexico(event.deadlines.decide_by))


def _lapsed(event: ConsentLapsed, say: Translator) -> str:
    return say("prose.referral.consent_lapsed", agency=event.agency, until=in_mexico(event.renew_by))


def _contested(event: WithdrawalContested, say: Translator) -> str:
    return say("prose.referral.withdrawal_contested", agency=event.agency, reason=say(f"contest.{event.reason}"))


def _voted(event: ContestVoted, say: Translator) -> str:
    return say("prose.referral.contest_voted", agency=event.agency, decision=say(f"contest_decision.{event.decision}"))


def _renewed(event: DisclosureRenewed, say: Translator) -> str:
    return sentences(
        say("prose.referral.disclosure_renewed", agency=event.agency, reason=say(f"renewal.{event.reason}")),
        say("prose.referral.disclosure_renewed.basis", basis=say(f"basis.{event.basis}")),
        _uncovered("prose.referral.disclosure_renewed.uncovered", event.uncovered, say),
        say("prose.referral.disclosure_renewed.seen_by", until=in_mexico(event.seen_by)) if event.seen_by else None,
    )


def _read(event: DisclosureRead, say: Translator) -> str:
    return say(
        "prose.referral.disclosure_read",
        agency=event.agency,
        purpose=say(f"read_for.{event.purpose}"),
        fields=fields_in_words(event.fields, say),
        who=reader_in_words(event.reader, say),
    )


def _escalated(event: ReferralEscalated, say: Translator) -> str:
    duties = listed([say(f"duty_to.{duty}") for duty in event.whom if duty is not Duty.FALLBACK], say)
    steps = [say("prose.referral.escalated.alerted", duties=duties)] if duties else []
    if event.asked:
        steps.append(say("prose.referral.escalated.asked", agency=event.asked))
    clock, rung = say(f"clock.{event.clock}"), say.first(f"rung.{event.rung}", "other.rung")
    return say("prose.referral.escalated", agency=event.agency, clock=clock, steps=listed(steps, say), rung=rung)


def _unavailable(event: HelpUnavailable, say: Translator) -> str:
    return sentences(
        say("prose.referral.help_unavailable", agency=event.agency, by=event.by),
        say("prose.referral.help_unavailable.all") if event.all_asked else None,
    )


POLICIES = ("rule_set", "deadlines", "rerouting", "ladders", "directory", "silence", "duties")
"""Policies that are adopted together; older events lack the later ones."""


def _adopted(event: RulesAdopted, say: Translator) -> str:
    versions = [(name, getattr(event, name)) for name in POLICIES]
    policies = [say(f"policy.{name}", version=version) for name, version in versions if version is not None]
    sentence = say("prose.referral.rules_adopted", policies=listed(policies, say))
    return sentence[0].upper() + sentence[1:]


def _kept(event: PolicyKept, say: Translator) -> str:
    return say("prose.referral.policy_kept", name=event.name, sha256=event.sha256[:12])


DESCRIBERS: Mapping[type[Event], Describer] = {
    CaseAssessed: _assessed,
    ReferralProposed: _proposed,
    ReferralRequested: _requested,
    ReferralBlocked: _blocked,
    ReferralAcknowledged: plain("prose.referral.acknowledged"),
    ReferralAccepted: plain("prose.referral.accepted"),
    ReferralReassessed: _reassessed,
    InfoRequested: plain("prose.referral.info_requested"),
    InfoSupplied: plain("prose.referral.info_supplied"),
    ReferralDeclined: _declined,
    ServiceScheduled: _scheduled,
    ServiceStarted: plain("prose.referral.service_started"),
    ServiceDelivered: _ended("prose.referral.service_delivered"),
    LoopClosed: _closed,
    ReferralFailed: _ended("prose.referral.failed"),
    ReferralHandedOver: _handed_over,
    ReferralFollowed: plain("prose.referral.followed"),
    ContactLost: _ended("prose.referral.contact_lost"),
    ReferralCancelled: _cancelled,
    ReferralWithdrawn: _withdrawn,
    DeletionDue: _deletion_due,
    ReferralFrozen: _frozen,
    ReferralUnfrozen: _unfrozen,
    ConsentLapsed: _lapsed,
    WithdrawalContested: _contested,
    ContestVoted: _voted,
    ContestSettled: plain("prose.referral.contest_settled"),
    ChangeSeen: plain("prose.referral.change_seen"),
    DisclosureRenewed: _renewed,
    DeletionConfirmed: plain("prose.referral.deletion_confirmed"),
    DisclosureRead: _read,
    EnteredInError: plain("prose.referral.entered_in_error"),
    ReferralExpired: plain("prose.referral.expired"),
    ReferralEscalated: _escalated,
    HelpOffered: plain("prose.referral.help_offered"),
    HelpUnavailable: _unavailable,
    ReferralRerouted: plain("prose.referral.rerouted"),
    ReferralReopened: plain("prose.referral.reopened"),
    RulesAdopted: _adopted,
    PolicyKept: _kept,
}
