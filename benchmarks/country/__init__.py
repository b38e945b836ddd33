"""Two years of a country: cases played by the real services, copied over the time, and measured."""
