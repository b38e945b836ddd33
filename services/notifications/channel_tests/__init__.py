"""Tests of channels: somebody has a message sent to themselves, to see whether it reaches them."""
