"""Cases with an event that could not be digested: they are not routed until somebody mends that."""
