"""Counts of each shelter and day that must agree: device, log, stream, rules; and the numbers that are missing."""
