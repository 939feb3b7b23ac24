"""Pieces of the page: pure functions from texts to Dash components. The browser pours the numbers in."""
