"""What is wrong with an installation, in words and with the fix: ``canaliza doctor``."""
