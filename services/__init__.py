"""The services: each takes facts in, decides, and records facts of its own."""
