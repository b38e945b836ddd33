"""A sealed submission that cannot be recorded blocks no other; an outage delays all and loses none."""

from base64 import b64encode
from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

import asyncpg
import pytest

from events.vocabulary import Role
from services.chassis.authorization.policy import Principal
from services.chassis.errors import EntryTooLargeError, StoreUnavailableError, VersionConflictError
from services.chassis.identity.tokens import Tokens
from services.intake.leaf_nodes.commands import SealedSubmissionReceiver
from services.intake.leaf_nodes.envelope import public_key_of, seal_for_transit
from services.intake.submissions.commands import SubmissionCommands
from services.intake.submissions.rejections import RejectedSubmissions

HERE = "ALB-TAP-01"
NEW_KEY = b64encode(bytes(reversed(range(32)))).decode()
PRIVATE = b64encode(bytes(range(32))).decode()
MESSAGE = seal_for_transit(
    public_key_of(PRIVATE),
    shelter=HERE,
    submission_id=UUID("128b2f33-0c5c-4fd0-a6a3-a4506513270e"),
    token="czl_x",  # noqa: S106 - of nobody
    document=b"{}",
)


class FakeIntake:
    """Stands in for submission commands, rejected submissions and tokens, and fails with the given errors."""

    def __init__(self, *failures: Exception, storing: Sequence[Exception] = (), role: Role = Role.INTEGRATOR) -> None:
        self.failures = list(failures)
        self.storing = list(storing)
        self.role = role
        self.submitted: list[bytes] = []
        self.stored: list[tuple[str, bytes]] = []

    async def principal(self, _authorization: str) -> Principal:
        return Principal(self.role, HERE, "prueba")

    async def submit(self, raw: bytes, _principal: Principal, _shelter: str) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.submitted.append(raw)

    async def store(self, raw: bytes, _principal: Principal, code: str, _faults: Any) -> None:
        if self.storing:
            raise self.storing.pop(0)
        self.stored.append((code, raw))

    async def receive(self, message: bytes = MESSAGE, max_bytes: int = 1000) -> None:
        receiver = SealedSubmissionReceiver(
            commands=cast("SubmissionCommands", self),
            rejected=cast("RejectedSubmissions", self),
            tokens=cast("Tokens", self),
            max_bytes=max_bytes,
            private_keys=lambda: [NEW_KEY, PRIVATE],
            retry_seconds=0,
        )
        await receiver.receive(HERE, message)


@pytest.mark.parametrize("outage", [StoreUnavailableError(), asyncpg.CannotConnectNowError(), ConnectionRefusedError()])
async def test_a_submission_is_retried_through_an_outage_however_long(outage: Exception) -> None:
    intake = FakeIntake(*[outage] * 50)
    await intake.receive()
    assert (intake.submitted, intake.stored) == ([b"{}"], [])


async def test_a_submission_that_fails_once_is_retried() -> None:
    intake = FakeIntake(KeyError("x"), VersionConflictError())
    await intake.receive()
    assert (intake.submitted, intake.stored) == ([b"{}"], [])


@pytest.mark.parametrize("fault", [KeyError("x"), VersionConflictError()])
async def test_a_message_that_fails_repeatedly_is_stored_sealed_and_given_up(fault: Exception) -> None:
    intake = FakeIntake(*[fault] * 50)
    await intake.receive()
    assert intake.stored == [("unexpected_error", MESSAGE)]


async def test_a_message_that_cannot_be_stored_is_given_up_but_not_in_an_outage() -> None:
    await FakeIntake(*[KeyError("x")] * 50, storing=[KeyError("y")]).receive()
    with pytest.raises(StoreUnavailableError):
        await FakeIntake(*[KeyError("x")] * 50, storing=[StoreUnavailableError()]).receive()


async def test_a_message_with_an_officers_token_or_over_the_limit_is_stored_unread() -> None:
    officer, large = FakeIntake(role=Role.OFFICER), FakeIntake()
    await officer.receive()
    await large.receive(max_bytes=1)
    assert (officer.submitted, officer.stored) == ([], [("not_allowed", b"{}")])
    assert (large.submitted, [code for code, _ in large.stored]) == ([], ["too_large"])


async def test_of_a_message_too_large_for_the_log_the_size_is_stored() -> None:
    intake = FakeIntake(storing=[EntryTooLargeError()])
    await intake.receive(b"not sealed " * 9000)
    ((code, summary),) = intake.stored
    assert code == "cannot_be_opened"
    assert b'"bytes": 99000' in summary
