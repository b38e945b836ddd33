"""Who said no to which agency in one fact: a refusal, a consent taken back, an exclusion, a child's assent withdrawn.

Pure. A no counts if somebody who may decide said it; a child's own counts at any age.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from events.contract import Event, Recorded
from events.intake import AnswersAmended
from events.vocabulary import Agency, ConsentDecision, ConsentGiver, ContestReason, SendingBasis, WithdrawalReason
from services.referral.case_file.domain import CaseFile, receipts_of
from services.referral.consent.receipts import Receipt, decisions_in_force, fault_of, may_decide
from services.referral.lifecycle.domain import Referral
from services.referral.lifecycle.standing import NO_CONSENT_NEEDED, survives_a_no
from services.referral.routing.domain import Assessment


def noes(
    fact: Recorded[Any], earlier: Sequence[Recorded[Event]], file: CaseFile, assessment: Assessment
) -> dict[Agency, ContestReason]:
    """The agencies to which this fact says no, and how. ``file``: the case after it."""
    if isinstance(fact.event, AnswersAmended):
        return _in_the_answers(file)
    before, after = receipts_of(earlier), receipts_of([*earlier, fact])
    said = [one for receipt, one in after.items() if _is_a_no(before.get(receipt), one)]
    return {
        Agency(one.recipient): ContestReason.REFUSED
        for one in said
        if one.recipient in set(Agency)
        and (one.given_by is ConsentGiver.SELF or may_decide(one.given_by, assessment, file.answers))
    }


def deletion_after(
    said_no: Mapping[Agency, ContestReason], referral: Referral, file: CaseFile, assessment: Assessment, at: datetime
) -> WithdrawalReason | None:
    """Why an agency must delete what it was told although its referral has ended; ``None``: it need not."""
    told_on_their_word = referral.sent and referral.basis not in NO_CONSENT_NEEDED
    if not told_on_their_word or referral.deletion_due is not None:
        return None
    no = said_no.get(referral.agency)
    if no is ContestReason.WITHHELD and referral.basis is not SendingBasis.BEST_INTERESTS:
        return WithdrawalReason.WITHHELD
    if referral.basis is SendingBasis.CONSENT:
        ends = no is not None and not _is_granted(referral.agency, file, assessment, at)
        return WithdrawalReason.CONSENT_WITHDRAWN if ends else None
    return WithdrawalReason.REFUSED if no is not None and not survives_a_no(referral, assessment) else None


def _in_the_answers(file: CaseFile) -> dict[Agency, ContestReason]:
    before: Mapping[str, Any] = file.answers_before or {}
    said: dict[Agency, ContestReason] = {}
    if _assent(before) in {"yes", "not_applicable"} and _assent(file.answers) == "no":
        said = dict.fromkeys(Agency, ContestReason.REFUSED)
    excluded = set(file.answers.get("withhold_from") or ()) - set(before.get("withhold_from") or ())
    return said | {agency: ContestReason.WITHHELD for agency in Agency if agency in excluded}


def _assent(answers: Mapping[str, Any]) -> str | None:
    return (answers.get("best_interests") or {}).get("assent")


def _is_a_no(before: Receipt | None, now: Receipt) -> bool:
    if now.decision is ConsentDecision.REFUSED:
        return before is None
    taken_back = now.withdrawn_at is not None and (before is None or before.withdrawn_at is None)
    return now.decision is ConsentDecision.GRANTED and taken_back


def _is_granted(agency: Agency, file: CaseFile, assessment: Assessment, at: datetime) -> bool:
    """Whether another consent to this agency is valid."""
    return any(
        one.decision is ConsentDecision.GRANTED and fault_of(one, assessment, file.answers, at) is None
        for one in decisions_in_force(agency, file.receipts, at).values()
    )
