"""Who is shown that a case has a restricted category."""
