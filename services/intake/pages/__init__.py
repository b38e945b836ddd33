"""The pages of a shelter's people: registering, what became of it, and what waits for them."""
