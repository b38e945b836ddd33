"""Alarms when much of what is watched comes within a short time: guesses, refusals, exceptional accesses, searches."""
