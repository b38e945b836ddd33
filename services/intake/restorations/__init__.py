"""Cases whose keys were lost, made whole by what their shelter sends again."""
