"""Passwords and keys of an installation: each service has a folder of its own and reads no other."""
