"""Where each case's events are in the logs."""
