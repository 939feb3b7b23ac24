"""What surrounds every request: connections, proxies, hosts and origins, and the size of bodies."""
