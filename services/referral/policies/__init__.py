"""The policies in force: loaded from files, recorded when adopted."""
