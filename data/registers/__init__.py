"""Units, persons, duties and powers, and the answers they give."""
