"""The city's records: what they are, where they are kept, what they say."""
