"""The parts of the programme that every service shares: the directory file, holidays, policy files."""
