"""Bodies and answers about telephones, and about the records that they hand in."""

from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from services.chassis.moments import Instant
from services.chassis.web.schemas import Answer, Body, Command, Moment
from services.intake.cases.schemas import DeviceCode
from services.intake.devices.policy import MAX_IDS, MAX_RECORDS
from services.intake.submissions.stored_faults import StoredFault

DEVICE, SHELTER = "tel-4821", "ALB-HUI-01"
SUBMISSION, KEY = "d70a39d1-33dc-477f-b179-f2d2e48b9662", "b4f0a5a2-6a63-4a3e-9a57-8a1c7b6d5e4f"
AT = "2013-06-12T20:32:05.120000+00:00"
POINT = {
    "x": "Ze2loSV3wrroKUN_4zhwGhCqo3Xhu1td4QjeQ5wIVR0",
    "y": "HlLtdXARY_f55A3fnzQbPcm6hgr34Mp8p-nuzQCE0Zw",
}
JWK = {"kty": "EC", "crv": "P-256", **POINT}
EXAMPLE_KEY = {"id": KEY, "public_key": JWK, "made_at": AT}
EXAMPLE_RECORD = {
    "format": 1,
    "id": SUBMISSION,
    "device": DEVICE,
    "shelter": SHELTER,
    "key": KEY,
    "made_at": "2013-06-12T14:10:02.000Z",
    "sealed": "BIyR0cJk",
    "signature": "MEUCIQDk" * 10 + "MEUCIQ",
}


def _example(**example: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [example]})


UUID_PATTERN = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
MOMENT_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,18}(Z|[+-][0-9]{2}:[0-9]{2})$"
Coordinate = Annotated[str, Field(pattern="^[A-Za-z0-9_-]{43}$")]


class PublicKey(Body):
    """A public key as browsers export it (JSON Web Key, RFC 7517). A private one is refused."""

    kty: Literal["EC"]
    crv: Literal["P-256"]
    x: Coordinate
    y: Coordinate
    ext: bool | None = None
    key_ops: Annotated[list[Literal["verify"]], Field(max_length=1)] | None = None


class ReceptionKey(Answer):
    """The key that records are sealed to from now on."""

    id: UUID
    public_key: dict[str, str]
    """A JSON Web Key."""
    made_at: Moment
    """Since when it is in use."""


class CodeRequest(Command):
    """Asks for a one-time code to enrol a telephone."""

    model_config = _example(command_id="5d0c3b2a-1f4e-4d6c-8b9a-7e6f5d4c3b2a")


class IssuedCode(Answer):
    """The code, for somebody of the shelter to type on the telephone."""

    model_config = _example(code="7F3K-2Q9M", until=AT)

    code: str = Field(repr=False)
    until: Moment


class Enrolment(Command):
    """A telephone with the code that its coordinator gave out, and the public key of its signatures."""

    model_config = _example(command_id="6e1d4c3b-2a5f-4e7d-9cab-8f706e5d4c3b", code="7F3K-2Q9M", public_key=JWK)

    code: Annotated[str, Field(min_length=1, max_length=40)]
    public_key: PublicKey


class EnrolledDevice(Answer):
    """The telephone's code, which its submissions name as `device.id`, and the key that it seals to."""

    model_config = _example(device_id=DEVICE, shelter=SHELTER, reception_key=EXAMPLE_KEY)

    device_id: str
    shelter: str
    reception_key: ReceptionKey


class DeviceItem(Answer):
    """A telephone of the shelter."""

    device_id: str
    enrolled_at: Moment
    enrolled_by: str
    """The code of whoever enrolled it."""
    revoked_at: Moment | None
    heard_at: Moment | None
    """When it last sent or asked something, to some minutes; `null`: never."""


class DevicePage(Answer):
    """A page of the shelter's telephones, the newest first."""

    model_config = _example(
        items=[{"device_id": DEVICE, "enrolled_at": AT, "enrolled_by": "w-035", "revoked_at": None, "heard_at": AT}],
        next_cursor=None,
    )

    items: list[DeviceItem]
    next_cursor: str | None
    """`cursor` of the next page; `null`: this is the last."""


class Revocation(Command):
    """Takes a telephone's right to hand in records."""

    model_config = _example(command_id="7f2e5d4c-3b60-4f8e-adbc-90817f6e5d4c")


class RevokedDevice(Answer):
    """The telephone that hands in nothing any more."""

    model_config = _example(device_id=DEVICE)

    device_id: str


class RecordState(StrEnum):
    """What became of a record."""

    RECEIVED = "received"
    REFUSED = "refused"
    """It was kept sealed, and waits for correction at the shelter."""
    SET_ASIDE = "set_aside"
    """It was refused, and the shelter decided that it is not to be sent again."""
    UNKNOWN = "unknown"
    """Nothing of it arrived."""
    FAILED = "failed"
    """Of an import: nothing was stored. The reason says why."""


class RecordDelivery(Body):
    """A record as the telephone stored it, and when it is sent, by its clock.

    The record is the JSON object that the telephone sealed and signed: `format` (1), `id` (the submission's), `device`,
    `shelter`, `key` (of the reception key), `made_at`, `sealed` and `signature`.
    """

    model_config = _example(record=EXAMPLE_RECORD, sent_at="2013-06-12T20:32:04Z")

    record: dict[str, Any]
    sent_at: Instant


class ReceivedRecord(Answer):
    """The receipt of a record, and the key for the next ones."""

    model_config = _example(submission_id=SUBMISSION, receipt="7F3K-2Q9M", recorded_at=AT, reception_key=EXAMPLE_KEY)

    submission_id: UUID
    receipt: str
    """Eight characters for the shelter to note down; they reveal nothing."""
    recorded_at: Moment
    reception_key: ReceptionKey


class StatusQuestion(Body):
    """Asks what became of records.

    The telephone signs the JSON list `["canaliza status v1", device, at, ids]`, without spaces.
    """

    model_config = _example(
        device=DEVICE, ids=[SUBMISSION], at="2013-06-12T14:10:02.000Z", signature=EXAMPLE_RECORD["signature"]
    )

    device: DeviceCode
    ids: Annotated[list[Annotated[str, Field(pattern=UUID_PATTERN)]], Field(max_length=MAX_IDS)]
    at: Annotated[str, Field(max_length=40, pattern=MOMENT_PATTERN)]
    signature: Annotated[str, Field(max_length=100, pattern="^[A-Za-z0-9_-]+$")]


class RecordOutcome(Answer):
    """What became of one record."""

    id: str
    """The submission's id; of what is no record, empty."""
    state: RecordState
    receipt: str | None = None
    recorded_at: Moment | None = None
    refusal_id: UUID | None = None
    code: str | None = None
    """Of what was refused or failed: the code of the problem."""
    es: str | None = None
    en: str | None = None
    faults: list[StoredFault] | None = None


class RecordStates(Answer):
    """What became of the records, in the order of the question."""

    model_config = _example(
        records=[{"id": SUBMISSION, "state": "received", "receipt": "7F3K-2Q9M", "recorded_at": AT}],
        reception_key=EXAMPLE_KEY,
    )

    records: list[RecordOutcome]
    reception_key: ReceptionKey


class RecordImport(Body):
    """Sealed records that a telephone exported, handed in at another machine."""

    model_config = _example(records=[EXAMPLE_RECORD])

    records: Annotated[list[dict[str, Any]], Field(max_length=MAX_RECORDS)]


class ImportedRecords(Answer):
    """What became of each, in their order."""

    model_config = _example(
        records=[{"id": SUBMISSION, "state": "received", "receipt": "7F3K-2Q9M", "recorded_at": AT}]
    )

    records: list[RecordOutcome]
