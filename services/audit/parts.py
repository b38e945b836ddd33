"""What the audit service is made of, each made when it is needed. It holds no key to anything about people."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial

from services.audit.bundles.commands import BundleExports
from services.audit.history.commands import Histories
from services.audit.ledger.keys import LedgerKeys
from services.audit.ledger.scheduler import LedgerKeeper
from services.audit.projections import PROJECTIONS
from services.audit.readings.commands import AuditReadings
from services.audit.reconciliation.queries import Counts
from services.audit.security.commands import Doorkeeper
from services.audit.security.scheduler import ActRecorder
from services.audit.tampering.commands import TamperingRecords
from services.audit.tampering.comparing import Comparer
from services.audit.tampering.queries import Findings
from services.audit.tampering.scheduler import LogComparer
from services.audit.trace.stream_copies import StreamCopies
from services.audit.verification.models import Replays
from services.audit.verification.uploads import BundleChecks
from services.audit.witnesses.policy import NOBODY, WitnessPolicy
from services.audit.witnesses.queries import Seals, vouched_checkpoint
from services.audit.witnesses.scheduler import WitnessSubmitter
from services.chassis.clock import Clock
from services.chassis.database import Database
from services.chassis.eventlog.log import Log
from services.chassis.identity.tokens import Tokens
from services.chassis.runtime.bootstrap import ServiceContext
from services.chassis.secrets.folder import keys_folder
from services.chassis.secrets.ledger import sealed_folder
from services.chassis.showings.recorder import ShowingRecorder
from services.chassis.web.cursors import Cursors
from services.programme.showings import ShowingPolicy


@dataclass
class Parts:
    """The parts by name."""

    context: ServiceContext
    replays: Callable[[], Replays] | None = None
    """What each service would show; ``None``: bundles are verified without it."""

    def __post_init__(self) -> None:
        """Makes what everything else stands on; nothing connects."""
        self.database: Database = self.context.database
        self.clock: Clock = self.context.clock
        self.tokens: Tokens = self.context.tokens()
        self.cursors: Cursors = self.context.cursors()
        self.log = Log(self.database, projections=PROJECTIONS)

    @cached_property
    def readings(self) -> AuditReadings:
        """Records what an auditor looks at."""
        return AuditReadings(
            recorder=ShowingRecorder(self.log, self.clock),
            clock=self.clock,
            remembered=ShowingPolicy.load().remembered,
        )

    @cached_property
    def histories(self) -> Histories:
        """Histories that are recorded as read."""
        return Histories(database=self.database, readings=self.readings)

    @cached_property
    def acts(self) -> ActRecorder:
        """Records the security acts that the database noted."""
        return ActRecorder(log=self.log, database=self.database, clock=self.clock)

    @cached_property
    def doorkeeper(self) -> Doorkeeper:
        """Admits people while the log agrees with its stream."""
        return Doorkeeper(self.database)

    @cached_property
    def copies(self) -> StreamCopies:
        """What the streams say."""
        return StreamCopies(self.context.names, self.context.service)

    @cached_property
    def counts(self) -> Counts:
        """Counts by shelter and day."""
        return Counts(self.database, self.cursors, self.copies)

    @cached_property
    def ledger_keys(self) -> LedgerKeys:
        """The keys that checkpoints and bundles are signed with.

        Raises:
            NoLedgerKeyError: the service has no key for the ledger.
        """
        return LedgerKeys.of(self.context.secrets)

    @cached_property
    def ledger(self) -> LedgerKeeper:
        """Gathers and seals the logs; the last checkpoints are beside the service's own key."""
        settings = self.context.settings
        return LedgerKeeper(
            database=self.database,
            clock=self.clock,
            keys=self.ledger_keys,
            folder=sealed_folder(keys_folder(settings.data, settings.keys)),
            given_up=self.context.secrets.ledgers_before or (),
            alarm=self.context.counts.count_everywhere,
            behind=settings.flow_behind,
        )

    @cached_property
    def comparer(self) -> Comparer:
        """Compares logs with what was sealed of them, on request."""
        return Comparer(self.database, self.copies, self.readings)

    @cached_property
    def findings(self) -> Findings:
        """Where logs were found altered."""
        return Findings(self.database, self.cursors)

    @cached_property
    def walker(self) -> LogComparer:
        """Compares every log again and again."""
        return LogComparer(
            database=self.database,
            records=TamperingRecords(log=self.log, database=self.database, clock=self.clock),
            clock=self.clock,
            alarm=self.context.counts.count_everywhere,
            share=self.context.settings.comparing_share,
        )

    def trust_policy(self) -> str:
        """Whom an auditor trusts here (C2SP tlog-policy): the keys of logs and of bundles, witnesses, the quorum."""
        return self.witnesses.policy.text(list(self.ledger_keys.verifiers().values()))

    @cached_property
    def exports(self) -> BundleExports:
        """Bundles of all logs with their proofs."""
        return BundleExports(
            log=self.log,
            database=self.database,
            clock=self.clock,
            keys=self.ledger_keys,
            seal=self.ledger.turn,
            choose=partial(vouched_checkpoint, policy=self.witnesses.policy),
            policy=lambda _: self.trust_policy(),
        )

    @cached_property
    def witnesses(self) -> WitnessSubmitter:
        """Asks the witnesses of the policy to cosign; without a policy nobody is asked.

        Raises:
            WitnessPolicyError: the policy cannot be used.
            OSError: it cannot be read.
        """
        path = self.context.settings.witnesses
        return WitnessSubmitter(
            policy=NOBODY if path is None else WitnessPolicy.parse(path.read_text(encoding="utf-8")),
            ledger=self.ledger_keys.id,
            database=self.database,
            clock=self.clock,
            alarm=self.context.counts.count_everywhere,
        )

    @cached_property
    def seals(self) -> Seals:
        """Checkpoints, who cosigned them, and what is wrong with them."""
        return Seals(keys=self.ledger_keys, policy=self.witnesses.policy, problems=self.ledger.problems)

    @cached_property
    def bundle_checks(self) -> BundleChecks:
        """Verifies bundles that are handed in."""
        return BundleChecks(
            database=self.database,
            installation=self.ledger_keys.id,
            policy=self.trust_policy,
            replays=self.replays,
        )
