"""Why a case was routed as it was, and what would have changed it."""
