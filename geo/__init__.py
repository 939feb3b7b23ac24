"""Pure geometry over arrays: no database, no web, no drawing."""
