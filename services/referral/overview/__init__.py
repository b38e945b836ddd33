"""What the programme's coordination looks at: what is overdue, what waits, what must be checked, who has to decide."""
