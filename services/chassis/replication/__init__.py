"""From a log to its stream, and from a stream into another service."""
