"""The city as it stands: editions of its grids, categories, cameras, names of places."""
