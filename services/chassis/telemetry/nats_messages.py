"""What is told of a NATS message: the kind of subject it came on. The subject itself has a shelter's code in it."""

from typing import Any

from faststream.nats.opentelemetry.provider import NatsTelemetrySettingsProvider
from faststream.nats.prometheus.provider import NatsMetricsSettingsProvider
from faststream.prometheus import ConsumeAttrs

OTHER = "other"
KINDS = frozenset({"submit", "sealed"})
"""The word after the namespace in the subjects that this system answers."""
CONSUMED = "messaging.destination_publish.name"
ANSWER = "answer"
"""Where an answer goes: an inbox, which is somebody's."""


def kind_of(subject: str) -> str:
    """``submit`` of ``canaliza.submit.ALB-TAP-01``; ``other``: it is no subject that is answered here."""
    words = subject.split(".", 2)
    return words[1] if len(words) > 1 and words[1] in KINDS else OTHER


class MessageMetrics(NatsMetricsSettingsProvider):
    """FastStream's, by kind of subject."""

    def get_consume_attrs_from_message(self, msg: Any) -> ConsumeAttrs:
        """The kind, size and number of messages."""
        return {
            "destination_name": kind_of(msg.raw_message.subject),
            "message_size": len(msg.body),
            "messages_count": 1,
        }

    def get_publish_destination_name_from_cmd(self, cmd: Any) -> str:
        """The kind, or that it is an answer."""
        return kind_of(cmd.destination) if cmd.reply_to else ANSWER


class MessageSpans(NatsTelemetrySettingsProvider):
    """FastStream's, by kind of subject; without ids."""

    def get_consume_attrs_from_message(self, msg: Any) -> dict[str, Any]:
        """The system, the kind and the size."""
        return {
            "messaging.system": "nats",
            "messaging.message_payload_size_bytes": len(msg.body),
            CONSUMED: kind_of(msg.raw_message.subject),
        }

    def get_consume_destination_name(self, msg: Any) -> str:
        """The kind."""
        return kind_of(msg.raw_message.subject)

    def get_publish_attrs_from_cmd(self, cmd: Any) -> dict[str, Any]:
        """The system, and where it goes by kind."""
        return {"messaging.system": "nats", "messaging.destination.name": self.get_publish_destination_name(cmd)}

    def get_publish_destination_name(self, cmd: Any) -> str:
        """The kind, or that it is an answer."""
        return kind_of(cmd.destination) if cmd.reply_to else ANSWER


def metrics_of(message: Any) -> MessageMetrics:
    """What FastStream's metrics say of a message; no subject here is read in batches."""
    del message
    return MessageMetrics()


def spans_of(message: Any) -> MessageSpans:
    """What FastStream's traces say of a message."""
    del message
    return MessageSpans()
