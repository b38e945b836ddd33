"""Contact with an authority, possible only on the person's written wish and with two members of staff."""
