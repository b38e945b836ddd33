"""The referral that takes another's place: on the same grounds, never less urgent; whether it may go is asked again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from events.vocabulary import Agency
from services.chassis.errors import ErasedError, NotFoundError
from services.chassis.keyring import Keyring
from services.chassis.upstream import Upstream
from services.chassis.workspace import Workspace
from services.referral.casefile import CaseFile, read_case, screening_keys
from services.referral.domain import Referral
from services.referral.routing import Assessment, Proposal
from services.referral.sending import Policies, Sending


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """What is known before another desk is asked: the case, and what the rules make of it."""

    policies: Policies
    file: CaseFile
    assessment: Assessment
    workspace: Workspace

    def check(self, replaced: Referral) -> None:
        """Whether there is something to propose.

        Raises:
            NotFoundError: the rules, with today's answers, see none of the grounds any more.
        """
        _on_the_same_grounds(replaced, self.assessment.proposals)

    def propose(self, replaced: Referral, stream: UUID, agency: Agency, *, cause: UUID, actor: str) -> None:
        """Proposes the linked referral; section 5 of the domain decides again whether it may be sent.

        Raises:
            NotFoundError: the rules, with today's answers, see none of the grounds any more.
        """
        proposal = _on_the_same_grounds(replaced, self.assessment.proposals)
        self.workspace.begin(stream)
        sending = Sending(
            file=self.file,
            assessment=self.assessment,
            policies=self.policies,
            workspace=self.workspace,
            cause=cause,
            actor=actor,
        )
        sending.propose(stream, replace(proposal, agency=agency), replaces=replaced.id)


async def replacement_for(
    replaced: Referral, *, intake: Upstream, keyring: Keyring, policies: Policies, workspace: Workspace
) -> Replacement:
    """Reads what is needed to ask another desk.

    Raises:
        ErasedError: the answers are gone.
    """
    facts = (await intake.streams([replaced.case]))[replaced.case]
    workspace.keys.update(await keyring.load(screening_keys(facts)))
    file = read_case(facts, workspace.keys)
    if file is None:
        raise ErasedError
    return Replacement(policies=policies, file=file, assessment=policies.assessment(file), workspace=workspace)


def _on_the_same_grounds(replaced: Referral, proposals: Sequence[Proposal]) -> Proposal:
    """What the next desk is told: what this one was, and not what the rules would tell another. Never less urgent."""
    wanted = set(replaced.categories)
    shared = [one for one in proposals if wanted & set(one.categories)]
    if not shared:
        raise NotFoundError
    same = min(shared, key=lambda one: (len(wanted ^ set(one.categories)), one.agency is not replaced.agency))
    return replace(same, urgency=min(same.urgency, replaced.urgency))
