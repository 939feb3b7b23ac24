"""The REST API and the live stream."""
