"""What every service stands on: the log, its copy, following, sealing, the broker and the web."""
