"""How things are called in NATS and PostgreSQL, derived in one place from a namespace.

The namespace is ``canaliza`` everywhere but in tests, where each has one of its own on shared servers.
"""

from dataclasses import dataclass

SERVICES = ("intake", "referral", "notifications", "audit")

SIGN_IN = "intake"
"""Where people sign in: the one service whose role may write to the accounts. The others look sessions up."""

UPSTREAMS: dict[str, tuple[str, ...]] = {
    "intake": ("referral", "notifications"),
    "referral": ("intake",),
    "notifications": ("referral",),
    "audit": ("intake", "referral", "notifications"),
}
"""Whose log each service follows. Grants and NATS permissions are derived from it."""

SHELTERS = "shelters"
"""The NATS user of the shelters' own software."""

DEFAULT_NAMESPACE = "canaliza"


@dataclass(frozen=True, slots=True)
class Names:
    """Names of subjects, streams and users within one namespace."""

    namespace: str = DEFAULT_NAMESPACE

    def subject(self, event_name: str) -> str:
        """Where an event is published: ``canaliza.intake.case_opened``."""
        return f"{self.namespace}.{event_name}"

    def subjects(self, service: str) -> str:
        """All the events of one service."""
        return f"{self.namespace}.{service}.>"

    def stream(self, service: str) -> str:
        """The JetStream copy of a service's log: ``LOG_intake``."""
        prefix = "" if self.namespace == DEFAULT_NAMESPACE else f"{self.namespace}_"
        return f"{prefix}LOG_{service}"

    def submit(self, shelter: str = "*") -> str:
        """Where a shelter's software sends a submission by request: ``canaliza.submit.ALB-TAP-01``."""
        return f"{self.namespace}.submit.{shelter}"

    def sealed(self, shelter: str) -> str:
        """Where a shelter's software publishes sealed submissions, on its own leaf node only."""
        return f"{self.namespace}.sealed.{shelter}"

    def shelter_stream(self, shelter: str) -> str:
        """A shelter's stream on its leaf node, and the hub's copy of it: ``SHELTER_ALB-TAP-01``."""
        prefix = "" if self.namespace == DEFAULT_NAMESPACE else f"{self.namespace}_"
        return f"{prefix}SHELTER_{shelter}"

    def leaf_delivery(self, shelter: str) -> str:
        """Under which subjects a leaf node hands its stream to the hub. Nothing else may come from it."""
        return f"{self.namespace}.leaf.{shelter}"

    def user(self, service: str) -> str:
        """The NATS user of a service."""
        return service if self.namespace == DEFAULT_NAMESPACE else f"{self.namespace}_{service}"

    def inbox(self, service: str) -> str:
        """The prefix of a user's reply subjects; it may subscribe to no other."""
        return f"_INBOX_{self.user(service)}"


def leaf_api(shelter: str) -> str:
    """JetStream's requests on a shelter's leaf node, as the hub addresses them: its domain is the shelter's code."""
    return f"$JS.{shelter}.API"


def leaf_user(shelter: str) -> str:
    """The NATS user that a shelter's leaf node signs in to the hub with."""
    return f"leaf_{shelter}"


def postgres_role(service: str) -> str:
    """The PostgreSQL role a service signs in with."""
    return f"canaliza_{service}"
