"""What happens when a desk does not answer in time."""
