"""Caravan mode: other thresholds and larger groups of alerts for some shelters."""
