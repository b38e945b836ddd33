"""Tasks with clocks that the law or the programme sets: they begin by rule, are reminded of, and are done by people."""
