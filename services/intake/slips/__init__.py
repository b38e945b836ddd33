"""The person's paper slip with a code, and the word that goes with it."""
