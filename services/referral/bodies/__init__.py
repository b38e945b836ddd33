"""The national bodies with a legal duty, as the directory has them; the composition root hands them in."""
