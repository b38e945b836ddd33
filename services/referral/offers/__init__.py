"""An agency that was asked in another's stead says whether it can help."""
