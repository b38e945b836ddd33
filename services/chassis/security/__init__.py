"""Who sends which request from where: for the log of the process, the record of security acts, and alarms."""
