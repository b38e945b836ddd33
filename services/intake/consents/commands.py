"""Records consent decisions after the case was opened, and withdraws consents."""

from dataclasses import dataclass
from uuid import UUID

from events.consent import ConsentReceipt
from events.intake import ConsentRecorded, ConsentWithdrawn
from services.chassis.authorization.policy import Principal
from services.chassis.errors import CommandIdReusedError, NotFoundError
from services.chassis.eventlog.commands import led_to
from services.chassis.eventlog.unit_of_work import UnitOfWork
from services.chassis.ids import uuid5
from services.intake.cases.commands import CaseCommands
from services.intake.cases.domain import CaseState, require_version
from services.intake.consents.domain import check_times, recipient_of
from services.intake.consents.schemas import ConsentChanged


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentCommands:
    """Changes consents. Each command id takes effect once."""

    commands: CaseCommands

    async def record(
        self,
        case: UUID,
        command: UUID,
        consent: ConsentReceipt,
        principal: Principal,
        *,
        expected_version: int | None = None,
    ) -> ConsentChanged:
        """Records the person's decision about one recipient; a referral that waited for it is sent.

        ``expected_version``: the case's, as whoever asked the person saw it.

        Raises:
            NotFoundError: no such case, or another shelter's.
            MalformedRequestError: it had expired already, or the person wants no time or too much.
            CommandIdReusedError: the id belongs to another command.
            VersionConflictError: something of the case changed since.
        """

        async def decide(state: CaseState, work: UnitOfWork) -> ConsentRecorded:
            require_version(work.history(case), expected_version)
            check_times(consent, work.now())  # here, so that a command repeated later gets its first result
            return ConsentRecorded(shelter=state.shelter, consent=consent)

        same = led_to(ConsentRecorded, consent=consent)
        changed = await self.commands.add(case, command, principal, decide, same)
        return ConsentChanged(case_id=case, version=changed.version, receipt=consent.receipt)

    async def withdraw(self, case: UUID, receipt: UUID, principal: Principal) -> ConsentChanged:
        """Withdraws a consent. A repetition changes nothing.

        Raises:
            NotFoundError: the case has no such receipt, or is another shelter's.
            CommandIdReusedError: the id that is derived from the receipt belongs to another command.
        """

        async def decide(state: CaseState, work: UnitOfWork) -> ConsentWithdrawn:
            recipient = recipient_of(receipt, work.history(case))
            if recipient is None:
                raise NotFoundError
            return ConsentWithdrawn(shelter=state.shelter, receipt=receipt, recipient=recipient)

        fact, version = await self.commands.add(case, uuid5(receipt, "withdrawn"), principal, decide)
        if not (isinstance(fact.event, ConsentWithdrawn) and fact.event.receipt == receipt):
            raise CommandIdReusedError  # somebody chose this id before: nothing was withdrawn
        return ConsentChanged(case_id=case, version=version, receipt=receipt)
