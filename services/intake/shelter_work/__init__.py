"""What waits for a shelter's staff besides its cases."""
