"""Free capacity of shelters and desks."""
