"""What a form needs to decide by itself, ours or another's: the rules as data, and a shelter's directory."""
