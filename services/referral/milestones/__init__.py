"""Events in the person's life with which a legal clock begins, as an officer records them."""
