"""Numbers as tables, for other programs."""
