"""The names of services, NATS subjects, streams and users, and PostgreSQL roles.

The namespace is ``canaliza`` except in tests, each of which has its own on shared servers.
"""

from dataclasses import dataclass

SERVICES = ("intake", "referral", "notifications", "audit")

SIGN_IN = "intake"
"""The service where people sign in: the only one whose role may write to the accounts. The others look up sessions."""

UPSTREAMS: dict[str, tuple[str, ...]] = {
    "intake": ("referral", "notifications"),
    "referral": ("intake",),
    "notifications": ("referral",),
    "audit": ("intake", "referral", "notifications"),
}
"""The logs that each service follows. Grants and NATS permissions are derived from it."""

DEFAULT_NAMESPACE = "canaliza"


@dataclass(frozen=True, slots=True)
class Names:
    """Names of subjects, streams and users within one namespace."""

    namespace: str = DEFAULT_NAMESPACE

    def subject(self, event_name: str) -> str:
        """The subject of an event: ``canaliza.intake.case_opened``."""
        return f"{self.namespace}.{event_name}"

    def incoming(self, token: str, event_name: str = ">") -> str:
        """The subject that a log's owner publishes on; ``token`` is the owner's secret (ADR 0033)."""
        return f"{self.namespace}.in.{token}.{event_name}"

    def subjects(self, service: str) -> str:
        """The subjects of all events of one service."""
        return f"{self.namespace}.{service}.>"

    def stream(self, service: str) -> str:
        """The JetStream copy of a service's log: ``LOG_intake``."""
        prefix = "" if self.namespace == DEFAULT_NAMESPACE else f"{self.namespace}_"
        return f"{prefix}LOG_{service}"

    def submit(self, shelter: str = "*") -> str:
        """The request subject for a shelter's submissions: ``canaliza.submit.ALB-TAP-01``."""
        return f"{self.namespace}.submit.{shelter}"

    def sealed(self, shelter: str) -> str:
        """The subject of a shelter's sealed submissions, on its own leaf node only."""
        return f"{self.namespace}.sealed.{shelter}"

    def shelter_stream(self, shelter: str) -> str:
        """A shelter's stream on its leaf node, and the hub's copy of it: ``SHELTER_ALB-TAP-01``."""
        prefix = "" if self.namespace == DEFAULT_NAMESPACE else f"{self.namespace}_"
        return f"{prefix}SHELTER_{shelter}"

    def leaf_delivery(self, shelter: str) -> str:
        """The prefix of the subjects on which a leaf node delivers its stream to the hub; it may publish no others."""
        return f"{self.namespace}.leaf.{shelter}"

    def user(self, service: str) -> str:
        """The NATS user of a service."""
        return service if self.namespace == DEFAULT_NAMESPACE else f"{self.namespace}_{service}"

    def inbox(self, service: str) -> str:
        """The prefix of a user's reply subjects; it may subscribe to no others."""
        return f"_INBOX_{self.user(service)}"


def shelter_user(shelter: str) -> str:
    """The NATS user of one shelter's own software: ``shelter_ALB-TAP-01``."""
    return f"shelter_{shelter}"


def leaf_api(shelter: str) -> str:
    """The hub's prefix for JetStream requests to a shelter's leaf node, whose domain is the shelter's code."""
    return f"$JS.{shelter}.API"


def leaf_user(shelter: str) -> str:
    """The NATS user that a shelter's leaf node signs in to the hub with."""
    return f"leaf_{shelter}"


def postgres_role(service: str) -> str:
    """The PostgreSQL role a service signs in with."""
    return f"canaliza_{service}"
