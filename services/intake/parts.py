"""What the intake service is made of: commands, queries and lists, each made when it is needed.

The composition root serves them over HTTP and NATS; the pages show them to the people of a shelter.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from events.vocabulary import BoxClass
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.eventlog.log import Log
from services.chassis.identity.tokens import Tokens
from services.chassis.runtime.bootstrap import ServiceContext
from services.chassis.showings.recorder import ShowingRecorder
from services.chassis.throttle import Throttle
from services.chassis.vault.keyring import Keyring
from services.chassis.web.cursors import Cursors
from services.intake.amendments.commands import AmendmentCommands
from services.intake.authority_demands.commands import AuthorityDemandCommands
from services.intake.cases.commands import CaseCommands
from services.intake.cases.hidden_answers import with_kept_harm
from services.intake.consents.commands import ConsentCommands
from services.intake.devices.commands import DeviceCommands
from services.intake.devices.policy import LONGEST_WINDOW
from services.intake.devices.receiving import RecordReceiver
from services.intake.devices.reception_keys import ReceptionKeys, wrapping_key
from services.intake.disclosures.commands import AnswerReader
from services.intake.duplicates.commands import DuplicateCommands, DuplicateList
from services.intake.duplicates.policy import DuplicatePolicy
from services.intake.erasures.commands import ErasureCommands
from services.intake.heartbeats.commands import HeartbeatCommands
from services.intake.identity.commands import IdentityReader
from services.intake.projections import PROJECTIONS
from services.intake.refusals.commands import RefusalCommands
from services.intake.restorations.commands import RestorationCommands
from services.intake.restricted_contacts.commands import RestrictedContactCommands
from services.intake.routing.queries import RoutingStates
from services.intake.showings.commands import CaseShowings
from services.intake.slips.commands import SlipCommands
from services.intake.slips.policy import DAY
from services.intake.submissions import policy as submission_policy
from services.intake.submissions.commands import SubmissionCommands
from services.intake.submissions.rejections import RejectedSubmissions
from services.intake.transfers.commands import TransferCommands
from services.intake.withdrawals.commands import WithdrawalCommands
from services.intake.wordings import Use, Wordings, wordings
from services.programme.directory_file import shelters
from services.programme.showings import ShowingPolicy


@dataclass
class Parts:
    """The parts by name. It holds the keys of both classes: what a shelter sends is sealed here."""

    context: ServiceContext

    def __post_init__(self) -> None:
        """What nearly every part needs."""
        self.database: Database = self.context.database
        self.clock: Clock = self.context.clock
        self.tokens: Tokens = self.context.tokens()
        self.cursors: Cursors = self.context.cursors()
        self.keyring: Keyring = self.context.keyring(BoxClass.IDENTITY, BoxClass.SCREENING)
        self.shelters: Collection[str] = shelters()
        self.consent_texts: Wordings = wordings(Use.CONSENT)
        self.log = Log(self.database, projections=PROJECTIONS)
        self.commands = CaseCommands(log=self.log, clock=self.clock)
        self._index_key = self.context.key("index_key")
        self._slips_key = self.context.key("slips_key")

    @cached_property
    def rejected(self) -> RejectedSubmissions:
        """Stores what is refused."""
        return RejectedSubmissions(
            log=self.log,
            keyring=self.keyring,
            database=self.database,
            clock=self.clock,
            throttle=Throttle(self.database, self._slips_key, "refusal_attempt", submission_policy.DAY),
            index_key=self._index_key,
        )

    @cached_property
    def submissions(self) -> SubmissionCommands:
        """Receives submissions."""
        restoring = RestorationCommands(log=self.log, keyring=self.keyring, clock=self.clock, index_key=self._index_key)
        return SubmissionCommands(
            log=self.log,
            keyring=self.keyring,
            database=self.database,
            clock=self.clock,
            shelters=self.shelters,
            wordings=self.consent_texts,
            rejected=self.rejected,
            index_key=self._index_key,
            restore=restoring.restore,
            keep=with_kept_harm,
        )

    @cached_property
    def amendments(self) -> AmendmentCommands:
        """Receives amendments."""
        return AmendmentCommands(
            commands=self.commands,
            keyring=self.keyring,
            rejected=self.rejected,
            shelters=self.shelters,
            wordings=self.consent_texts,
            index_key=self._index_key,
        )

    @cached_property
    def refusals(self) -> RefusalCommands:
        """Reads and corrects what was refused."""
        return RefusalCommands(
            log=self.log,
            keyring=self.keyring,
            clock=self.clock,
            submissions=self.submissions,
            amendments=self.amendments,
        )

    @cached_property
    def consents(self) -> ConsentCommands:
        """Records decisions about consent."""
        return ConsentCommands(commands=self.commands)

    @cached_property
    def restricted_contacts(self) -> RestrictedContactCommands:
        """Records that a person wishes contact with an authority."""
        return RestrictedContactCommands(log=self.log, keyring=self.keyring, clock=self.clock)

    @cached_property
    def authority_demands(self) -> AuthorityDemandCommands:
        """Records that an authority demanded data."""
        return AuthorityDemandCommands(log=self.log, clock=self.clock, shelters=self.shelters)

    @cached_property
    def slips(self) -> SlipCommands:
        """Issues slips without a name."""
        return SlipCommands(
            commands=self.commands,
            database=self.database,
            keyring=self.keyring,
            clock=self.clock,
            lookup_key=self._slips_key,
            throttle=Throttle(self.database, self._slips_key, "slip_attempt", DAY),
        )

    @cached_property
    def withdrawals(self) -> WithdrawalCommands:
        """Takes withdrawals made with a slip."""
        return WithdrawalCommands(commands=self.commands, slips=self.slips, database=self.database)

    @cached_property
    def transfers(self) -> TransferCommands:
        """Takes over a case from another shelter."""
        return TransferCommands(log=self.log, keyring=self.keyring, clock=self.clock, slips=self.slips)

    @cached_property
    def erasures(self) -> ErasureCommands:
        """Erases a person's data."""
        return ErasureCommands(log=self.log, database=self.database, clock=self.clock)

    @cached_property
    def answers(self) -> AnswerReader:
        """Reads the answers that a person let their shelter know."""
        return AnswerReader(log=self.log, keyring=self.keyring, clock=self.clock)

    @cached_property
    def identity(self) -> IdentityReader:
        """Opens a person's identity for a purpose."""
        return IdentityReader(log=self.log, keyring=self.keyring, clock=self.clock)

    @cached_property
    def duplicates(self) -> DuplicateCommands:
        """Records whether two cases are one person's."""
        return DuplicateCommands(log=self.log, clock=self.clock)

    @cached_property
    def duplicate_list(self) -> DuplicateList:
        """Lists cases that look alike."""
        return DuplicateList(
            log=self.log,
            database=self.database,
            clock=self.clock,
            policy=DuplicatePolicy.load(),
            cursors=self.cursors,
        )

    @cached_property
    def reception_keys(self) -> ReceptionKeys:
        """The keys that telephones seal records to."""
        return ReceptionKeys(database=self.database, clock=self.clock, wrapping=wrapping_key(self._index_key))

    @cached_property
    def devices(self) -> DeviceCommands:
        """Enrols a shelter's telephones."""
        return DeviceCommands(
            log=self.log,
            database=self.database,
            clock=self.clock,
            keys=self.reception_keys,
            throttle=self._device_throttle,
            code_key=self._slips_key,
        )

    @cached_property
    def records(self) -> RecordReceiver:
        """Receives what telephones sealed."""
        return RecordReceiver(
            log=self.log,
            database=self.database,
            clock=self.clock,
            tokens=self.tokens,
            submissions=self.submissions,
            keys=self.reception_keys,
            throttle=self._device_throttle,
        )

    @cached_property
    def _device_throttle(self) -> Throttle:
        return Throttle(self.database, self._slips_key, "device_attempt", LONGEST_WINDOW)

    @cached_property
    def heartbeats(self) -> HeartbeatCommands:
        """Records that a shelter is there."""
        return HeartbeatCommands(log=self.log, clock=self.clock, shelters=self.shelters)

    @cached_property
    def showings(self) -> CaseShowings:
        """Records who is shown what."""
        return CaseShowings(
            recorder=ShowingRecorder(self.log, self.clock),
            clock=self.clock,
            remembered=ShowingPolicy.load().remembered,
        )

    @cached_property
    def routing(self) -> RoutingStates:
        """Tells whether the rules were run on a case."""
        return RoutingStates(self.database, self.clock, timedelta(seconds=self.context.settings.not_routed_after))
