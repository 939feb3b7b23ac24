"""The commands of the command line, each file a family; `app.py` puts them together."""
