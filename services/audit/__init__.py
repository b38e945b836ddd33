"""Reads the logs back, as Spanish prose and as data. Can change nothing."""
