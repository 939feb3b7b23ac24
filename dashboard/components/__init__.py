"""Panels of the page: data in, component out."""
