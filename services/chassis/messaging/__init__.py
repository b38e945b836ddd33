"""NATS: the broker, streams, and how messages are published and consumed."""
