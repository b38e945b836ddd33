"""The common ground of every service: event log, replication, vault, broker, authentication and web."""
