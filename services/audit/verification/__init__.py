"""Checks a bundle without a database or a network, and names what is wrong with it."""
