"""Tells duty desks until somebody answers. Holds no key to anything about people in transit."""
