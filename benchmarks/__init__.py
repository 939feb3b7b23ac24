"""Measurements against rivals, run by `make bench`."""
