"""Authentication: passwords, second factors, sessions, tokens, and an administrator's work on accounts."""
