"""What the referral service does about a case that was opened: every rule that fires proposes its agencies."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid5

from events.contract import Event, Recorded
from events.intake import CaseOpened
from events.referral import CaseAssessed, ReferralBlocked, ReferralProposed, ReferralRequested, Suppression
from events.sealed import Box
from events.vocabulary import BoxClass
from services.chassis.boxes import Place, open_box, seal
from services.chassis.keyring import Keyring
from services.chassis.workspace import Workspace
from services.referral.consent import Allowed, basis, disclosure
from services.referral.deadlines import Clocks
from services.referral.receipts import Receipt
from services.referral.routing import Assessment, Proposal, assess
from services.referral.rules import RuleSet
from services.referral.working_days import day_in_mexico


def assessment_of(case: UUID) -> UUID:
    """The stream that tells what the rules made of a case."""
    return uuid5(case, "assessment")


def referral_of(opened: UUID, agency: str) -> UUID:
    """One referral per case and agency: the id is derived, so that handling a fact twice cannot make two."""
    return uuid5(opened, agency)


def load_keys(keyring: Keyring) -> Any:
    """Fetches, for a whole batch at once, the keys that its screening boxes open with."""

    async def prepare(facts: Sequence[Recorded[Event]], workspace: Workspace) -> None:
        boxes = [fact.event.screening for fact in facts if isinstance(fact.event, CaseOpened)]
        workspace.keys.update(await keyring.load(box.key for box in boxes))

    return prepare


def propose_referrals(rules: RuleSet, clocks: Clocks) -> Callable[[Recorded[CaseOpened], Workspace], None]:
    """The reaction: assess the answers, propose one referral per agency, and send those that may be sent."""

    def react(opened: Recorded[CaseOpened], workspace: Workspace) -> None:
        event = opened.event
        place = Place(opened.stream, opened.version, event.NAME, BoxClass.SCREENING.value)
        answers = open_box(event.screening, place, workspace.keys)
        if answers is None:
            return  # erased before it was ever assessed: there is nothing left to route
        assessment = assess(answers, rules, day_in_mexico(opened.occurred_at))
        _Routing(opened, answers, assessment, rules, clocks, workspace).record()

    return react


class _Routing:
    """One case on its way to its agencies."""

    def __init__(
        self,
        opened: Recorded[CaseOpened],
        answers: Mapping[str, Any],
        assessment: Assessment,
        rules: RuleSet,
        clocks: Clocks,
        workspace: Workspace,
    ) -> None:
        self._opened = opened
        self._answers = answers
        self._assessment = assessment
        self._rules = rules
        self._clocks = clocks
        self._workspace = workspace
        self._receipts = [
            Receipt(
                recipient=one.recipient,
                decision=one.decision,
                given_by=one.given_by,
                purpose=one.purpose,
                fields=one.fields,
                expires_at=one.expires_at,
            )
            for one in opened.event.consents
        ]

    def record(self) -> None:
        """The assessment, then each referral: proposed, and at once requested or blocked."""
        found, event = self._assessment, self._opened.event
        stream = assessment_of(self._opened.stream)
        self._workspace.begin(stream)
        self._append(
            stream,
            CaseAssessed(
                submission=event.submission,
                shelter=event.shelter,
                lead=found.lead,
                categories=found.categories,
                suppressed=tuple(Suppression(category=one.category, reason=one.reason) for one in found.suppressed),
                rule_set=found.rule_set,
            ),
        )
        for proposal in found.proposals:
            self._refer(proposal)

    def _refer(self, proposal: Proposal) -> None:
        event = self._opened.event
        stream = referral_of(self._opened.id, proposal.agency)
        self._workspace.begin(stream)
        grounds = {
            ground.rule.value: {"inputs": ground.inputs, "raised_by": ground.raised_by} for ground in proposal.grounds
        }
        self._append(
            stream,
            ReferralProposed(
                submission=event.submission,
                shelter=event.shelter,
                agency=proposal.agency,
                urgency=proposal.urgency,
                categories=proposal.categories,
                rule_set=self._assessment.rule_set,
                grounds=self._seal(stream, ReferralProposed.NAME, "grounds", grounds),
            ),
        )
        now = self._workspace.now()
        answer = basis(proposal, self._assessment, self._answers, self._receipts, now)
        if isinstance(answer, Allowed):
            self._append(stream, self._requested(stream, proposal, answer))
        else:
            self._append(
                stream,
                ReferralBlocked(
                    agency=proposal.agency,
                    urgency=proposal.urgency,
                    shelter=event.shelter,
                    reason=answer.reason,
                    tell_coordinator=answer.tell_coordinator,
                ),
            )

    def _requested(self, stream: UUID, proposal: Proposal, answer: Allowed) -> ReferralRequested:
        event = self._opened.event
        told = disclosure(proposal, answer, self._receipts, self._rules.policy.discloses.always)
        index = answer.receipt_index
        return ReferralRequested(
            agency=proposal.agency,
            urgency=proposal.urgency,
            shelter=event.shelter,
            basis=answer.basis,
            receipt=None if index is None else event.consents[index].receipt,
            refusal_shown=answer.shown_refusal,
            deadlines=self._clocks.deadlines(
                proposal.urgency,
                proposal.categories,
                self._answers["screening"],
                occurred_at=self._opened.occurred_at,
                sent_at=self._workspace.now(),
            ),
            disclosure=self._seal(stream, ReferralRequested.NAME, "disclosure", told),
        )

    def _seal(self, stream: UUID, name: str, field: str, content: Mapping[str, Any]) -> Box:
        key = self._opened.event.screening.key
        place = Place(stream, self._workspace.next_version(stream), name, field)
        return seal(content, key_id=key, key=self._workspace.keys[key], kind=BoxClass.SCREENING, place=place)

    def _append(self, stream: UUID, event: Event) -> None:
        self._workspace.record(
            stream,
            event,
            case=self._opened.stream,
            actor=f"rules:{self._assessment.rule_set}",
            cause=self._opened,
        )
