"""What a form needs: the lists of codes with their words, and the texts that are read to a person."""
