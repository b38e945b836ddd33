"""Takes a flagged case in: validates, seals, opens the case."""
