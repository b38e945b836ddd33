"""The published language: every fact that a service stores, sends, or that an auditor replays."""
