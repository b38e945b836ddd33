"""Devices of a shelter: enrolled once, they hand in sealed and signed records, whoever is signed in."""
