"""The wiring: services, server, and what is made once for all of them."""
