"""A Merkle tree over every log, its signed checkpoints, and proofs that anybody can check."""
