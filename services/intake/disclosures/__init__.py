"""Disclosure of a case's sealed answers to its shelter."""
