"""Corrections of a case's answers."""
