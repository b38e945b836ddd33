"""What happened to a case and what is awaited now, as the shelter that holds it may know it."""
