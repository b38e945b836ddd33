"""What each organisation had been told about a case at a moment, and who read it: from the logs, without any key."""
