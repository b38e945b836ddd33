"""The cases that a shelter holds, listed and found by their receipts."""
