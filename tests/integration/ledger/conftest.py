"""One log with its ledger, without any service around it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.audit.ledger.projections import begin_ledger
from services.chassis.secrets.installation import Secrets
from tests.support.builders.stored_ledger import KEYS, NOW, Ledger
from tests.support.system.logs import database_of
from tests.support.system.logs import opened as opened_log


@pytest.fixture
async def ledger(database: str, secrets: Secrets, tmp_path: Path) -> AsyncIterator[Ledger]:
    audit = database_of(database, secrets, "audit")
    async with opened_log(database, secrets, "audit") as log:
        async with audit.reading() as connection:
            assert await begin_ledger(connection, KEYS.id, NOW)
        yield Ledger(database, audit, log, tmp_path / "sealed")
    await audit.close()
