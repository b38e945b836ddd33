"""Notifies duty desks until one answers. Has no key to anything about people in transit."""
