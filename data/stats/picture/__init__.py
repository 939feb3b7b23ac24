"""The documents of a picture: frame, map, panels, and the past."""
