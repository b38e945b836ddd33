"""Records what auditors look at: their own reads are in the log, too."""
