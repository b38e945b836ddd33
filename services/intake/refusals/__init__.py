"""What was refused of a shelter's sendings, read and corrected by the shelter that sent it."""
