"""The telephones of the duty desks, which the composition root hands in."""
