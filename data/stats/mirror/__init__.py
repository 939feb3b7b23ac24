"""The columnar mirror of the log, in memory and on disk."""
