"""The synthetic city and its traffic."""
