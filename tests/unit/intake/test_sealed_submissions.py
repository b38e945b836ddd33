"""One sealed submission that cannot be taken in holds up nobody; an outage holds up everybody and loses nothing."""

from base64 import b64encode
from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

import asyncpg
import pytest

from events.vocabulary import Role
from services.chassis.access import Principal
from services.chassis.errors import EntryTooLargeError, StoreUnavailableError, VersionConflictError
from services.chassis.tokens import Tokens
from services.intake import sealed
from services.intake.commands import Intake
from services.intake.refusals import Refusals
from services.intake.sealed import SealedSubmissions
from services.intake.transit import public_key_of, seal_for_transit

HERE = "ALB-TAP-01"
PRIVATE = b64encode(bytes(range(32))).decode()
MESSAGE = seal_for_transit(
    public_key_of(PRIVATE),
    shelter=HERE,
    submission_id=UUID("128b2f33-0c5c-4fd0-a6a3-a4506513270e"),
    token="czl_x",  # noqa: S106 - of nobody
    document=b"{}",
)


class Desk:
    """Stands where intake, the refusals and the tokens stand, and fails as it is told to."""

    def __init__(self, *failures: Exception, keeping: Sequence[Exception] = (), role: Role = Role.INTEGRATOR) -> None:
        self.failures = list(failures)
        self.keeping = list(keeping)
        self.role = role
        self.taken: list[bytes] = []
        self.kept: list[tuple[str, bytes]] = []

    async def principal(self, _authorization: str) -> Principal:
        return Principal(self.role, HERE, "prueba")

    async def submit(self, raw: bytes, _principal: Principal, _shelter: str) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.taken.append(raw)

    async def keep(self, raw: bytes, _principal: Principal, code: str, _faults: Any) -> None:
        if self.keeping:
            raise self.keeping.pop(0)
        self.kept.append((code, raw))

    async def takes(self, message: bytes = MESSAGE, most_bytes: int = 1000) -> None:
        submissions = SealedSubmissions(
            intake=cast("Intake", self),
            refusals=cast("Refusals", self),
            tokens=cast("Tokens", self),
            most_bytes=most_bytes,
            private_key=PRIVATE,
        )
        await submissions.take(HERE, message)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed, "BACK_OFF", 0)


@pytest.mark.parametrize("outage", [StoreUnavailableError(), asyncpg.CannotConnectNowError(), ConnectionRefusedError()])
async def test_an_outage_is_waited_out_however_long(outage: Exception) -> None:
    desk = Desk(*[outage] * 50)
    await desk.takes()
    assert (desk.taken, desk.kept) == ([b"{}"], [])


async def test_what_goes_wrong_once_is_tried_again() -> None:
    desk = Desk(KeyError("x"), VersionConflictError())
    await desk.takes()
    assert (desk.taken, desk.kept) == ([b"{}"], [])


@pytest.mark.parametrize("fault", [KeyError("x"), VersionConflictError()])
async def test_what_goes_wrong_again_and_again_is_kept_as_it_came_and_passed_over(fault: Exception) -> None:
    desk = Desk(*[fault] * 50)
    await desk.takes()
    assert desk.kept == [("unexpected_error", MESSAGE)]


async def test_what_cannot_even_be_kept_is_passed_over_but_not_in_an_outage() -> None:
    await Desk(*[KeyError("x")] * 50, keeping=[KeyError("y")]).takes()
    with pytest.raises(StoreUnavailableError):
        await Desk(*[KeyError("x")] * 50, keeping=[StoreUnavailableError()]).takes()


async def test_an_officers_token_and_a_document_over_the_limit_are_kept_unread() -> None:
    officer, large = Desk(role=Role.OFFICER), Desk()
    await officer.takes()
    await large.takes(most_bytes=1)
    assert (officer.taken, officer.kept) == ([], [("not_allowed", b"{}")])
    assert (large.taken, [code for code, _ in large.kept]) == ([], ["too_large"])


async def test_what_fits_into_no_entry_is_kept_by_its_size() -> None:
    desk = Desk(keeping=[EntryTooLargeError()])
    await desk.takes(b"not sealed " * 9000)
    ((code, about),) = desk.kept
    assert code == "cannot_be_opened"
    assert b'"bytes": 99000' in about
