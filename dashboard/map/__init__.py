"""The documents of the map, one file per layer."""
