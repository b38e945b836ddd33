"""Exceptional access to sealed data, reviewed by a second person."""
