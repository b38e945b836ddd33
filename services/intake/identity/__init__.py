"""The person's name, telephone and notes, opened by the shelter that holds the case for a coded purpose."""
