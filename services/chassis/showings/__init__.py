"""Records who was shown what, at most once in a while, before the answer leaves."""
