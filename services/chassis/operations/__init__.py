"""What an operator runs: migrate, rebuild, repair."""
