"""Which texts PostgreSQL can keep."""


def storable_text(text: str) -> bool:
    """Whether PostgreSQL can keep this text: no NUL character, no lone surrogate."""
    if text.isprintable():  # most are, and neither of the two is
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text
