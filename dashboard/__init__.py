"""What people use: page, components, REST API, live stream, texts."""
