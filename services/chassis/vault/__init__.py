"""Sealed boxes and the keys that open them."""
