"""Life cycle, event log, deadlines."""
