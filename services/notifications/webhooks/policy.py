"""How many webhooks there may be and send at once, as data (``policy/webhooks.yaml``), validated at start."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from services.programme.policy_file import Fault, read

POLICY = Path(__file__).parents[1] / "policy" / "webhooks.yaml"
Limit = Annotated[int, Field(ge=1, le=1_000)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class AtOnce(_Part):
    """Messages that are on their way at the same time, from one process."""

    one_organisation: Limit
    everywhere: Limit


class WebhookPolicy(_Part):
    """The whole policy."""

    version: Annotated[str, Field(pattern=r"^\d{4}\.\d+$")]
    most_active: Limit
    """Active webhooks of one organisation."""
    most: Limit
    """Webhooks of one organisation with those that were disabled."""
    at_once: AtOnce


def load_webhook_policy(path: Path = POLICY) -> WebhookPolicy:
    """Reads the policy.

    Raises:
        PolicyFaultsError: it has faults, each as ``file:line: what is wrong``.
    """
    return read(path).validated(WebhookPolicy, _faults)


@cache
def webhook_policy() -> WebhookPolicy:
    """The policy that ships with the program, read once."""
    return load_webhook_policy()


def _faults(policy: WebhookPolicy) -> Iterator[Fault]:
    if policy.most < policy.most_active:
        yield ("most",), "menos que most_active · less than most_active"
    if policy.at_once.one_organisation >= policy.at_once.everywhere:  # one organisation could delay all others
        yield ("at_once", "one_organisation"), "no deja lugar a las demás · leaves no place to the others"
