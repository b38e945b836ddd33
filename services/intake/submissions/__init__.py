"""Receives submissions: validates and seals them, and opens their cases."""
