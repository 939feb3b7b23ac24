"""Personal data: what it looks like, and what stands in its place."""
