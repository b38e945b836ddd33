"""Reads from a message's reply subject which delivery of a stream it is.

Either form: ``$JS.ACK.<stream>…`` with 9 parts, ``$JS.ACK.<domain>.<account>.…`` with 11 or more. The client's
``metadata`` would parse all values.
"""

from nats.aio.msg import Msg
from nats.errors import NotJSMessageError

DELIVERY = "$JS.ACK."
"""How the reply subject of a stream's message begins; of the server's own heartbeats and flow control it does not."""
SHORT_REPLY_PARTS = 9


def sequence_of(message: Msg) -> int:
    """A message's sequence in its stream: the entry's position in the log, unless foreign messages are in between.

    Raises:
        NotJSMessageError: the message was not delivered by a stream.
    """
    return _part(message, 5)


def delivery_of(message: Msg) -> int:
    """How many messages the consumer has delivered, this one included.

    Raises:
        NotJSMessageError: the message was not delivered by a stream.
    """
    return _part(message, 6)


def _part(message: Msg, number: int) -> int:
    parts = message.reply.split(".")
    if parts[:2] != ["$JS", "ACK"] or len(parts) < SHORT_REPLY_PARTS:
        raise NotJSMessageError
    return int(parts[number if len(parts) == SHORT_REPLY_PARTS else number + 2])
