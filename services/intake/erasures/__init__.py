"""Erasure of a person's data, on a recorded basis, and the terms after which data are erased."""
