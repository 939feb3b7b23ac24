"""The optional map under the grids: tiles of a file or of an address, handed out by this server alone.

Screens ask nobody else: they need no internet, and the key of a map service never leaves the server.
"""
