"""How long sealed data are kept, as data (``policy/retention.yaml``), validated at start."""

from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.programme.policy_file import Fault, read

POLICY = Path(__file__).parents[1] / "policy" / "retention.yaml"
A_MONTH = timedelta(days=31)
Term = Annotated[timedelta, Field(ge=timedelta(days=1), le=timedelta(days=3653))]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class RefusedDocuments(_Part):
    """Terms of what a shelter sent and was refused, since it was settled or, if nobody did, since it was sent."""

    settled: Term
    waiting: Term


class EpochKeyTerms(_Part):
    """The life of an epoch key, and of its copy once it was destroyed."""

    renew_after: Term
    copies: Term


class RetentionPolicy(_Part):
    """The whole policy."""

    version: Annotated[str, Field(pattern=r"^\d{4}\.\d+$")]
    closed_cases: Term
    """Since the last step of the case or of its referrals. A case with an open referral is never due."""
    refused_documents: RefusedDocuments
    epoch_keys: EpochKeyTerms


def load_retention_policy(path: Path = POLICY) -> RetentionPolicy:
    """Reads the policy.

    Raises:
        PolicyFaultsError: it has faults, each as ``file:line: what is wrong``.
    """
    return read(path).validated(RetentionPolicy, _faults)


@cache
def retention_policy() -> RetentionPolicy:
    """The policy that ships with the program, read once."""
    return load_retention_policy()


def _faults(policy: RetentionPolicy) -> Iterator[Fault]:
    if policy.epoch_keys.renew_after > A_MONTH:
        yield ("epoch_keys", "renew_after"), "más de un mes · more than a month"
    if policy.epoch_keys.copies > policy.epoch_keys.renew_after:
        yield ("epoch_keys", "copies"), "más que la llave misma · longer than the key itself"
