"""Shows what the logs recorded, as sentences and as data. Changes nothing."""
