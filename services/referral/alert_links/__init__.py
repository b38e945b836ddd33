"""The links in alerts: where they lead, and until when."""
