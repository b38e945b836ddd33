"""Delivers alerts: queue, attempts, grouping, failover."""
