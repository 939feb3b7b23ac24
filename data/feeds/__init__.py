"""Files and protocols in, exports out."""
