"""Texts in both languages, and what the viewer prefers."""
