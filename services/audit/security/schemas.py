"""The facts of security in answers: each as a sentence and as data."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from services.chassis.web.schemas import Answer, Moment

_ENTRY: JsonDict = {
    "log": "audit",
    "position": 17,
    "name": "audit.token_revoked",
    "occurred_at": "2026-03-02T15:04:05.678901+00:00",
    "recorded_at": "2026-03-02T15:04:06.012345+00:00",
    "actor": "administrator:*:p-001",
    "es": "Se anuló la credencial 2f0b3c1e-7c55-4f58-8a53-90b0a4c1d2e3 de ACNUR.",
    "en": "Token 2f0b3c1e-7c55-4f58-8a53-90b0a4c1d2e3 of ACNUR was revoked.",
    "data": {"token": "2f0b3c1e-7c55-4f58-8a53-90b0a4c1d2e3", "role": "officer", "org": "ACNUR"},
}


class SecurityEntry(Answer):
    """One fact of security."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ENTRY]})

    log: Literal["audit", "referral", "notifications"]
    position: Annotated[int, Field(description="Its position in that log.")]
    name: Annotated[str, Field(description="The event's name, without the version of its schema.")]
    occurred_at: Moment
    recorded_at: Moment
    actor: Annotated[str, Field(description="Who did it: `role:organisation:code`, or the service that noticed it.")]
    es: Annotated[str, Field(description="The fact as a sentence, in Spanish.")]
    en: Annotated[str, Field(description="The fact as a sentence, in English.")]
    data: Annotated[
        dict[str, Any],
        Field(
            description=(
                "Free-form JSON: the event's fields, which depend on `name`; new ones may be added. `place` is a keyed "
                "digest of the sender's network address, `request` the id of the request."
            )
        ),
    ]


class SecurityList(Answer):
    """Facts of security, newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_ENTRY], "next_cursor": None}]})

    items: list[SecurityEntry]
    next_cursor: Annotated[str | None, Field(description="For the next page; null: this is the last.")]
