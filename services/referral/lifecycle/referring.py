"""Applies an assessment to a case: proposes, revises or follows one referral for each agency that the rules name."""

from dataclasses import replace
from uuid import UUID

from events.referral_states import OPEN
from services.referral.lifecycle.case_referrals import CaseReferrals, referral_of
from services.referral.lifecycle.changes import merged
from services.referral.lifecycle.following import follow, is_to_be_followed
from services.referral.lifecycle.revising import ReferralReviser
from services.referral.routing.domain import Proposal


def refer_new_case(reviser: ReferralReviser) -> None:
    """Proposes the referrals of a case that has none."""
    for proposal in reviser.assessment.proposals:
        stream = referral_of(reviser.file.opened.id, proposal.agency)
        reviser.work.begin(stream)
        reviser.propose(stream, proposal)


def refer_again(reviser: ReferralReviser) -> None:
    """Proposes what is new, revises what is open, and follows what has ended; never withdraws anything.

    Agencies with an open referral that the rules no longer name are told right all the same.
    """
    of_case = CaseReferrals(reviser.file.opened.id, reviser.work)
    before = [one for one in of_case.all() if one.state in OPEN]
    revised, ended = dict[UUID, list[Proposal]](), dict[UUID, list[Proposal]]()
    for proposal in reviser.assessment.proposals:
        found = of_case.current(proposal.agency) or of_case.open_at(proposal.agency)
        if found is None:
            reviser.propose(referral_of(of_case.opened, proposal.agency), proposal)
        elif found.state in OPEN:
            revised.setdefault(found.id, []).append(proposal)
        elif is_to_be_followed(found, proposal, reviser):
            ended.setdefault(found.id, []).append(proposal)
    for stream, proposals in ended.items():
        referral = of_case.loaded(stream)
        other = of_case.open_at(referral.agency)
        if other is None:
            follow(referral, proposals, reviser)
        else:
            revised.setdefault(other.id, []).extend(proposals)  # an agency has one open referral of a case
    for stream, proposals in revised.items():
        referral = of_case.loaded(stream)
        reviser.reassess(referral, replace(merged(proposals), agency=referral.agency))
    for referral in before:
        if referral.id not in revised:
            reviser.correct(referral)
