"""The pages beside the overview, each in a folder of its own with its scripts and styles."""
