"""The agencies that a case is referred to: rules as data, compiled and evaluated."""
