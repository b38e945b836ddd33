"""What if: a period's cases decided again by other rules or deadlines, beside what was decided at the time."""
