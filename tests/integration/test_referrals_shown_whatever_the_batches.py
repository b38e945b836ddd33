"""What is shown of a referral rests on its facts alone, not on which of them were written down together."""

import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid5

import asyncpg
import pytest

from events.contract import Recorded
from events.referral import CaseAssessed, ReferralAcknowledged
from events.vocabulary import Agency, RiskCategory
from services.chassis.secrets.installation import Secrets
from services.referral.lifecycle.domain import fold
from services.referral.lifecycle.projections import project_referrals
from tests.support.builders.referral import MORE_URGENT, PROPOSED, SENT, WAITING, WHOSE, recorded
from tests.support.system.logs import database_of

ACKNOWLEDGED = ReferralAcknowledged(**WHOSE)
LIVES = ([PROPOSED, SENT, ACKNOWLEDGED, MORE_URGENT], [PROPOSED, WAITING, MORE_URGENT, SENT], [PROPOSED, WAITING])
ASSESSED = CaseAssessed(
    submission=UUID(int=11),
    shelter="ALB-TAP-01",
    lead=Agency.ACNUR,
    categories=(RiskCategory.ASILO,),
    rule_set="2013.1",
)
AGAIN = ASSESSED.model_copy(update={"lead": Agency.UNICEF, "categories": (RiskCategory.NNA_NA, RiskCategory.ASILO)})


def _facts() -> list[Recorded[Any]]:
    """Three referrals of three cases, two of them assessed again; the facts of all in turns, as in a log."""
    lives: list[list[Recorded[Any]]] = []
    for number, life in enumerate(LIVES):
        case, referral, assessment = (uuid5(UUID(int=number), name) for name in ("case", "referral", "assessment"))
        lives.append([replace(recorded(event, at, referral), case=case) for at, event in enumerate(life, start=1)])
        lives.append(
            [replace(recorded(one, at, assessment), case=case) for at, one in ((1, ASSESSED), (2, AGAIN))][
                : 2 - number // 2
            ]
        )
    turns = [life[at] for at in range(4) for life in lives if at < len(life)]
    return [replace(fact, position=position) for position, fact in enumerate(turns, start=1)]


@pytest.fixture
async def connection(database: str, secrets: Secrets) -> AsyncIterator[asyncpg.Connection]:
    referral = database_of(database, secrets, "referral")
    connection = await referral.connect()
    await connection.execute("select set_config('canaliza.role', 'system', false)")  # no append here that would say it
    yield connection
    await connection.close()


async def _shown(connection: asyncpg.Connection, batches: Sequence[Sequence[Recorded[Any]]]) -> list[list[Any]]:
    await connection.execute("truncate referral, assessment")
    for batch in batches:
        await project_referrals(connection, batch)
    return [
        await connection.fetch("select * from referral order by sequence"),
        await connection.fetch("select * from assessment order by case_id"),
    ]


async def test_a_referral_is_shown_as_its_facts_tell_it(connection: asyncpg.Connection) -> None:
    facts = _facts()
    referrals, assessments = await _shown(connection, [[fact] for fact in facts])
    for row in referrals:
        told = fold([fact for fact in facts if fact.stream == row["referral_id"]])
        assert told is not None
        shown = (row["state"], row["urgency"], tuple(row["categories"]), row["version"], row["sent_at"] is not None)
        assert shown == (told.state, told.urgency, told.categories, told.version, told.sent)
    assert len(referrals) == len(LIVES)
    assert sorted((row["lead"], *row["categories"]) for row in assessments) == [
        ("ACNUR", "ASILO"),
        ("UNICEF", "NNA_NA", "ASILO"),
        ("UNICEF", "NNA_NA", "ASILO"),
    ]


async def test_it_is_shown_the_same_however_its_facts_were_gathered(connection: asyncpg.Connection) -> None:
    facts, chance = _facts(), random.Random(1)
    alone = await _shown(connection, [[fact] for fact in facts])
    assert await _shown(connection, [facts]) == alone
    for _ in range(30):
        cuts = [0, *sorted(chance.sample(range(1, len(facts)), chance.randint(1, 6))), len(facts)]
        assert await _shown(connection, [facts[one:other] for one, other in pairwise(cuts)]) == alone
