"""The record of security acts: taken into the log, listed for auditors, and applied again after a restore."""
