"""A shelter that took a case over is shown, and finds by, only the categories whose answers it was let know."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from events.continuity import HandedOver
from events.contract import Event, Recorded
from events.intake import CaseOpened
from events.referral import ReferralHandedOver, ReferralProposed, ReferralReassessed
from events.vocabulary import Agency, RiskCategory, Role
from services.chassis.authorization.policy import Principal
from services.chassis.clock import system_clock
from services.chassis.database import Database
from services.chassis.eventlog.log import MAPPER
from services.chassis.eventlog.projections import write
from services.chassis.secrets.installation import Secrets
from services.chassis.web.cursors import KEY_BYTES, Cursors
from services.intake.case_list.queries import list_cases
from services.intake.case_list.schemas import CaseFilters
from services.intake.case_status.known import follow_known
from services.intake.case_status.projections import follow_referrals
from services.intake.routing.queries import RoutingStates
from services.intake.submissions.projections import project_submissions
from tests.contract.golden_events import a_fact
from tests.support.system.logs import A_DAY, database_of

BEFORE, NOW = "ALB-IXT-01", "ALB-TAP-01"
ASILO, DELITO, VSG, MUJER = RiskCategory.ASILO, RiskCategory.DELITO, RiskCategory.VSG, RiskCategory.MUJER
CASE, FIRST = uuid4(), uuid4()


class Story:
    """What happens to one case, a minute apart."""

    def __init__(self, connection: asyncpg.Connection, database: Database) -> None:
        self._connection, self._database = connection, database
        self._minutes = 0

    async def happens(self, kind: type[Event], stream: UUID, **says: Any) -> None:
        self._minutes += 1
        event = a_fact(kind).event.model_copy(update=says)
        fact = Recorded[Any](
            id=uuid4(), stream=stream, version=self._minutes, case=CASE, occurred_at=A_DAY,
            recorded_at=A_DAY + timedelta(minutes=self._minutes), actor="x", cause=None, event=event,
            position=self._minutes,
        )  # fmt: skip
        if stream == CASE:
            await project_submissions(self._connection, [fact])
        else:
            stored = [MAPPER.to_stored_event(fact)]
            known = [] if kind is HandedOver else follow_known(stored)
            await write(self._connection, [*follow_referrals(stored), *known])

    async def proposed(self, referral: UUID, *categories: RiskCategory, agency: Agency = Agency.ACNUR) -> None:
        await self.happens(ReferralProposed, referral, categories=categories, agency=agency, known_categories=None)

    async def goes_on(self, *fields: str, to: str = NOW) -> None:
        event: Any = a_fact(HandedOver).event
        consent = event.consent.model_copy(update={"fields": fields})
        await self.happens(HandedOver, CASE, to_shelter=to, consent=consent)

    async def shown(self, role: Role = Role.SHELTER_WORKER, org: str = NOW, **filters: Any) -> Any:
        """The categories of each referral, in the order of their agencies; ``None`` if the case is not listed."""
        routing = RoutingStates(self._database, system_clock, timedelta(hours=1))
        page = await list_cases(
            self._database, routing, Cursors(b"x" * KEY_BYTES), CaseFilters(**filters), Principal(role, org, "x")
        )
        return [each.categories for each in page.items[0].referrals] if page.items else None


@pytest.fixture
async def story(database: str, secrets: Secrets) -> AsyncIterator[Story]:
    own = database_of(database, secrets, "intake")
    writer = await own.connect()
    await writer.execute("select set_config('canaliza.role', 'system', false)")
    try:
        story = Story(writer, own)
        await story.happens(CaseOpened, CASE, shelter=BEFORE, consents=())
        await story.proposed(FIRST, ASILO, DELITO, VSG)
        yield story
    finally:
        await writer.close()
        await own.close()


async def test_none_until_the_handover_of_the_referral_says_which(story: Story) -> None:
    assert await story.shown(org=BEFORE) == [[ASILO, DELITO, VSG]]
    await story.goes_on("language")
    assert await story.shown(org=BEFORE) is None
    assert await story.shown() == [[]]
    await story.happens(ReferralHandedOver, FIRST, known_categories=(DELITO,), shelter=NOW)
    assert await story.shown() == [[DELITO]]
    assert await story.shown(category="DELITO") == [[DELITO]]
    assert await story.shown(category="ASILO") is None


async def test_those_that_its_own_amendment_adds(story: Story) -> None:
    await story.goes_on("language")
    changed = {"categories": (ASILO, DELITO, MUJER, VSG), "known_categories": (MUJER,), "shelter": NOW}
    await story.happens(ReferralReassessed, FIRST, **changed)
    assert await story.shown() == [[MUJER]]


async def test_all_whose_answers_the_person_let_it_know_whole(story: Story) -> None:
    await story.goes_on("all")
    assert await story.shown() == [[ASILO, DELITO, VSG]]


async def test_a_later_handover_says_it_anew(story: Story) -> None:
    await story.goes_on("language")
    await story.happens(ReferralHandedOver, FIRST, known_categories=(DELITO,), shelter=NOW)
    await story.goes_on("language", to="ALB-OAX-01")
    assert await story.shown(org="ALB-OAX-01") == [[]]  # what the one before was let know is not this one's
    await story.happens(ReferralHandedOver, FIRST, known_categories=(ASILO,), shelter="ALB-OAX-01")
    assert await story.shown(org="ALB-OAX-01") == [[ASILO]]


async def test_whoever_is_no_shelter_sees_what_was_proposed(story: Story) -> None:
    await story.goes_on("language")
    assert await story.shown(Role.PROGRAMME_COORDINATOR, "*") == [[ASILO, DELITO, VSG]]
    assert await story.shown(Role.PROGRAMME_COORDINATOR, "*", category="ASILO") is not None
