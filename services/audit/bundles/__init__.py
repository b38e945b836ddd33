"""One file that holds a history and its proofs, for somebody without a database or a network."""
