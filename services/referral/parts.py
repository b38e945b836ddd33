"""What the referral service is made of: policies, commands, queries and periodic jobs, each made when it is needed.

The composition root serves them over HTTP and runs them; the pages show them to people.
"""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from events.vocabulary import BoxClass
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.eventlog.log import Log
from services.chassis.eventlog.reactions import Reactions
from services.chassis.eventlog.upstream import Upstream
from services.chassis.identity.tokens import Tokens
from services.chassis.runtime.bootstrap import ServiceContext
from services.chassis.showings.recorder import ShowingRecorder
from services.chassis.throttle import Throttle
from services.chassis.vault.keyring import Keyring
from services.chassis.vault.link_codes import LinkCodes
from services.chassis.web.cursors import Cursors
from services.programme.directory_file import shelters
from services.programme.showings import ShowingPolicy
from services.referral.alert_links.queries import AlertLinks
from services.referral.assessment import Policies
from services.referral.bodies.ports import Bodies
from services.referral.break_glass.bulk import LIMIT_KEY_PURPOSE, LONGEST, AccessesInBulk
from services.referral.break_glass.commands import BreakGlass
from services.referral.break_glass.queries import AccessLists
from services.referral.break_glass.readings import AccessReader
from services.referral.break_glass.scheduler import OverdueReviews
from services.referral.capacity.commands import CapacityCommands
from services.referral.capacity.projections import project_capacity
from services.referral.capacity.queries import CapacityOverview, DesksWithoutRoom
from services.referral.caravans.commands import CaravanCommands
from services.referral.caravans.queries import ActiveCaravans
from services.referral.caravans.scheduler import CaravanExpiry
from services.referral.case_file.queries import CaseFiles
from services.referral.contests.commands import ContestCommands
from services.referral.deadlines.ports import Desks
from services.referral.disclosures.commands import DisclosureReader
from services.referral.escalation.scheduler import EscalationScheduler
from services.referral.exports.commands import ExportCommands
from services.referral.exports.queries import ExportedReferrals
from services.referral.lifecycle.commands import ReferralCommands
from services.referral.lifecycle.expiry import ConsentExpiry
from services.referral.lifecycle.reactions import IntakeReactions, ReactionContext
from services.referral.lifecycle.scheduler import ExpiredReferrals
from services.referral.lifecycle.sending_on import SendingOn
from services.referral.live.queries import ReferralChanges
from services.referral.live.stream import ReferralStream
from services.referral.milestones.commands import MilestoneCommands
from services.referral.obligations.commands import ObligationCommands
from services.referral.obligations.queries import ObligationLists
from services.referral.obligations.scheduler import ObligationClock
from services.referral.offers.commands import OfferCommands
from services.referral.offers.queries import AskedReferrals
from services.referral.overview.queries import Overview
from services.referral.phones.ports import PhoneBook
from services.referral.policies.loader import PolicySet, last_adopted, policies_in_force
from services.referral.projections import ReferralProjections
from services.referral.showings.commands import ReferralShowings
from services.referral.silence.scheduler import SilenceMonitor
from services.referral.timeline.queries import ReferralHistories
from services.referral.unrouted.commands import UnroutedCases
from services.referral.unrouted.queries import UnroutedList
from services.referral.what_if.commands import WhatIf
from services.referral.worklist.counts import DeskCounts
from services.referral.worklist.queries import Worklist


@dataclass
class Parts:
    """The parts by name. It holds the key of the coded answers, but none that opens a name."""

    context: ServiceContext
    desks: Desks
    bodies: Bodies
    phones: PhoneBook
    scheduler_time: Clock
    """The clock that drives the periodic jobs."""
    policy_folder: Path

    def __post_init__(self) -> None:
        """What nearly every part needs."""
        self.database: Database = self.context.database
        self.clock: Clock = self.context.clock
        self.tokens: Tokens = self.context.tokens()
        self.cursors: Cursors = self.context.cursors()
        self.keyring: Keyring = self.context.keyring(BoxClass.SCREENING)
        self.intake = Upstream(self.database, "intake")
        self.in_force: PolicySet = policies_in_force(last_adopted(self.database), self.policy_folder)
        self.projections = ReferralProjections(lambda: self.desks, lambda: self.in_force)
        self.log = Log(self.database, projections=[self.projections, project_capacity])
        self.files = CaseFiles(self.intake, self.keyring)
        self.policies = Policies(
            self.in_force.rules,
            self.in_force.clocks,
            self.desks,
            ActiveCaravans(self.database),
            DesksWithoutRoom(self.database),
            self.in_force.obligations,
            self.bodies,
        )

    @cached_property
    def reactions(self) -> Reactions:
        """Decides on what intake's events say."""
        return Reactions(
            log=self.log,
            clock=self.clock,
            table=IntakeReactions(self.policies, self.in_force.rerouting).table(),
            prepare=ReactionContext(self.keyring, self.intake, self.policies.refresh, self.in_force.obligations),
            also=self.projections.follow,
        )

    @cached_property
    def sending_on(self) -> SendingOn:
        """Finds another agency where one said no."""
        return SendingOn(
            database=self.database, files=self.files, policies=self.policies, rerouting=self.in_force.rerouting
        )

    @cached_property
    def referrals(self) -> ReferralCommands:
        """Takes a referral's steps."""
        return ReferralCommands(
            log=self.log,
            clock=self.clock,
            files=self.files,
            policies=self.policies,
            keyring=self.keyring,
            sending_on=self.sending_on,
        )

    @cached_property
    def contests(self) -> ContestCommands:
        """Records the votes of two people on a child's referral."""
        return ContestCommands(log=self.log, clock=self.clock, files=self.files, policies=self.policies)

    @cached_property
    def offers(self) -> OfferCommands:
        """Records what an agency that was asked offers."""
        return OfferCommands(log=self.log, clock=self.clock, sending_on=self.sending_on)

    @cached_property
    def asked(self) -> AskedReferrals:
        """Finds what an agency was asked for."""
        return AskedReferrals(log=self.log)

    @cached_property
    def milestones(self) -> MilestoneCommands:
        """Records what starts a legal clock."""
        return MilestoneCommands(log=self.log, clock=self.clock, policy=self.in_force.obligations, bodies=self.bodies)

    @cached_property
    def disclosures(self) -> DisclosureReader:
        """Opens what was disclosed to an agency."""
        return DisclosureReader(log=self.log, clock=self.clock, files=self.files, policies=self.policies)

    @cached_property
    def unrouted(self) -> UnroutedCases:
        """Records a case that cannot be routed."""
        return UnroutedCases(self.log, self.clock, self.files, self.policies)

    @cached_property
    def unrouted_list(self) -> UnroutedList:
        """Lists those cases."""
        return UnroutedList(database=self.database, intake=self.intake, cursors=self.cursors)

    @cached_property
    def break_glass(self) -> BreakGlass:
        """Opens a case in an emergency."""
        return BreakGlass(
            log=self.log,
            clock=self.clock,
            files=self.files,
            policies=self.policies,
            keyring=self.keyring,
            in_bulk=self._in_bulk,
        )

    @cached_property
    def _in_bulk(self) -> AccessesInBulk:
        """Limits how many one person opens."""
        return AccessesInBulk(
            log=self.log,
            clock=self.clock,
            throttle=Throttle(self.database, self.context.derived_key(LIMIT_KEY_PURPOSE), "access_attempt", LONGEST),
            policy=self.in_force.accesses,
        )

    @cached_property
    def access_reader(self) -> AccessReader:
        """Reads what was opened, and has it reviewed."""
        return AccessReader(
            log=self.log, clock=self.clock, files=self.files, policies=self.policies, keyring=self.keyring
        )

    @cached_property
    def access_lists(self) -> AccessLists:
        """Lists what was opened."""
        return AccessLists(database=self.database, cursors=self.cursors, showings=self.showings)

    @cached_property
    def capacity_commands(self) -> CapacityCommands:
        """Records who has room."""
        return CapacityCommands(log=self.log, clock=self.clock, shelters=shelters(), desks=self.desks)

    @cached_property
    def capacity_overview(self) -> CapacityOverview:
        """Lists who has room."""
        return CapacityOverview(database=self.database, clock=self.clock, shelters=shelters(), desks=self.desks)

    @cached_property
    def caravans(self) -> CaravanCommands:
        """Turns caravan mode on and off."""
        return CaravanCommands(
            log=self.log,
            database=self.database,
            clock=self.clock,
            desks=self.desks,
            escalation=self.in_force.escalation.version,
            silence=self.in_force.silence.version,
        )

    @cached_property
    def obligations(self) -> ObligationCommands:
        """Records that a task is done."""
        return ObligationCommands(log=self.log, clock=self.clock, files=self.files)

    @cached_property
    def obligation_lists(self) -> ObligationLists:
        """Lists tasks."""
        return ObligationLists(
            database=self.database,
            clock=self.clock,
            bodies=self.bodies,
            cursors=self.cursors,
            showings=self.showings,
        )

    @cached_property
    def worklist(self) -> Worklist:
        """Lists referrals."""
        return Worklist(
            database=self.database,
            clock=self.clock,
            counted_hours=self.policies.counted_hours,
            keyring=self.keyring,
            cursors=self.cursors,
            showings=self.showings,
        )

    @cached_property
    def showings(self) -> ReferralShowings:
        """Records who is shown what."""
        return ReferralShowings(
            recorder=ShowingRecorder(self.log, self.clock),
            clock=self.clock,
            remembered=ShowingPolicy.load().remembered,
        )

    @cached_property
    def exports(self) -> ExportCommands:
        """Records that a desk takes its list out as a file, and makes it."""
        return ExportCommands(log=self.log, clock=self.clock, found=ExportedReferrals(self.database, self.worklist))

    @cached_property
    def what_if(self) -> WhatIf:
        """Decides a period again by other rules, in processes of its own: one at a time, beside the desks' work."""
        return WhatIf(
            context=self.context,
            log=self.log,
            clock=self.clock,
            desks=self.desks,
            restricted=self.in_force.rules.policy.restricted,
            processes=max(1, (os.cpu_count() or 1) // 2),
        )

    @cached_property
    def desk_counts(self) -> DeskCounts:
        """Counts what a desk has before it."""
        return DeskCounts(database=self.database, keyring=self.keyring)

    @cached_property
    def histories(self) -> ReferralHistories:
        """Tells what happened to a referral."""
        return ReferralHistories(log=self.log, worklist=self.worklist)

    @cached_property
    def changes(self) -> ReferralChanges:
        """Finds which referrals changed."""
        return ReferralChanges(self.database, self.cursors)

    @cached_property
    def stream(self) -> ReferralStream:
        """Tells open pages of changes."""
        return ReferralStream(self.log, self.changes, self.context.settings.alert_stream_check)

    @cached_property
    def overview(self) -> Overview:
        """Lists what waits in the whole programme."""
        return Overview(
            database=self.database,
            clock=self.clock,
            cursors=self.cursors,
            restricted=self.in_force.rules.policy.restricted,
            showings=self.showings,
        )

    @cached_property
    def links(self) -> AlertLinks:
        """Resolves the links of alerts."""
        return AlertLinks(
            self.log,
            self.clock,
            None if self.context.secrets.link_key is None else LinkCodes(self.context.keys("link_key")),
        )

    @cached_property
    def silence(self) -> SilenceMonitor:
        """Records who has fallen silent."""
        return SilenceMonitor(
            log=self.log,
            database=self.database,
            clock=self.scheduler_time,
            policy=self.in_force.silence,
            desks=self.desks,
        )

    @cached_property
    def escalations(self) -> EscalationScheduler:
        """Escalates, and runs every periodic job."""
        return EscalationScheduler(
            log=self.log,
            database=self.database,
            clock=self.scheduler_time,
            policy=self.in_force.escalation,
            counted_hours=self.policies.counted_hours,
            expiry=ConsentExpiry(files=self.files, policies=self.policies),
            also_due=[
                self.silence.run_due,
                CaravanExpiry(
                    log=self.log, database=self.database, clock=self.scheduler_time, actor=self.silence.actor
                ).run_due,
                OverdueReviews(log=self.log, database=self.database, clock=self.scheduler_time).run_due,
                ExpiredReferrals(
                    log=self.log, database=self.database, clock=self.scheduler_time, sending_on=self.sending_on
                ).run_due,
                ObligationClock(
                    log=self.log,
                    database=self.database,
                    clock=self.scheduler_time,
                    files=self.files,
                    policy=self.in_force.obligations,
                ).run_due,
            ],
        )
