"""How far the routing of each case has come, for the shelter that holds it."""
