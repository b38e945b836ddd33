"""Parts that the request bodies and answers of several capabilities share."""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from services.chassis.web.schemas import SAFE_INTEGER, Answer
from services.intake.opaque_codes import DEVICE_PATTERN, WORKER_PATTERN

OpaqueCode = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$", examples=["es-2"])]
"""A code of the programme's own, for a text."""

WorkerCode = Annotated[str, Field(pattern=f"^{WORKER_PATTERN}$", examples=["w-009"])]
"""A shelter's code for a worker; its form can hold neither a name nor a telephone number."""

DeviceCode = Annotated[str, Field(pattern=f"^{DEVICE_PATTERN}$", examples=["d-027"])]
"""A shelter's code for a device, likewise."""

Version = Annotated[int, Field(ge=1, le=SAFE_INTEGER, examples=[3])]
"""Number of events of a case."""


class CaseChanged(Answer):
    """The case that a command changed, and its new version."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"case_id": "7a0c4a0e-5c1e-5d51-8f8f-3f6c1f3f2b11", "version": 3}]}
    )

    case_id: UUID
    version: Version
