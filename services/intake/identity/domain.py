"""Decides whether the shelter that holds a case may open the person's identity for a purpose. Pure.

Nothing here depends on an allegation about the shelter's staff: a refusal would tell the shelter that there is one.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from events.vocabulary import IdentityPurpose
from services.chassis.errors import ServiceError

DO_NOT_CONTACT = "do_not_contact"
"""The answer to ``safe_contact`` of a person who must not be contacted."""


class IdentityField(StrEnum):
    """The parts of a person's identity, as a submission names them."""

    NAME = "name"
    BIRTH_DATE = "birth_date"
    DOCUMENT = "document"
    PHONE = "phone"
    NOTES = "notes"


class DoNotContactError(ServiceError):
    """The person asked not to be contacted."""

    code = "do_not_contact"
    status = 409


def check_purpose(purpose: IdentityPurpose, answers: Mapping[str, Any]) -> None:
    """Checks that the person may be contacted, if that is the purpose; ``answers`` are the whole ones of the case.

    Raises:
        DoNotContactError: the person asked not to be.
    """
    safe = (answers.get("screening") or {}).get("safe_contact")
    if purpose is IdentityPurpose.CONTACT and safe == DO_NOT_CONTACT:
        raise DoNotContactError


def known_parts(identity: Mapping[str, str], wanted: Sequence[str]) -> dict[str, str]:
    """The wanted parts that are known."""
    return {name: identity[name] for name in wanted if name in identity}
