"""The keys of a mapping file, checked one by one, so that every complaint names the file and the key."""

from collections.abc import Mapping
from typing import Any, NoReturn

from data.errors import MappingInvalid


class KeyReader:
    """Reads keys of one mapping file; each method raises MappingInvalid with `file`, `key`, `value` and `allowed`.

    Parameters
    ----------
    path
        The file, for messages.
    """

    def __init__(self, path: str) -> None:
        self.path = path

    def wrong(self, key: str, value: object, allowed: str) -> NoReturn:
        """Refuse the value of a key, None for a missing one."""
        shown = "missing" if value is None else repr(value)[:100]
        raise MappingInvalid(
            f"Mapping file {self.path}: {key} is {shown}; allowed: {allowed}",
            file=self.path, key=key, value=shown, allowed=allowed,
        )  # fmt: skip

    def table(self, key: str, document: Mapping[str, Any], allowed: tuple[str, ...] | None) -> Mapping[str, Any]:
        """The table under the key, empty where there is none; with only the keys allowed (None: any)."""
        given = document.get(key, {})
        if not isinstance(given, dict):
            self.wrong(key, given, f"a table [{key}]")
        if allowed is not None:
            self.known(f"{key}.", given, allowed)
        return given

    def known(self, prefix: str, table: Mapping[str, Any], allowed: tuple[str, ...]) -> None:
        """Refuse keys of a table besides those allowed."""
        for key, value in table.items():
            if key not in allowed:
                self.wrong(prefix + key, value, f"only the keys {', '.join(allowed)}")

    def text(self, key: str, value: object) -> str:
        """The value, which must be a text."""
        if not isinstance(value, str):
            self.wrong(key, value, "a text")
        return value

    def texts(self, key: str, value: object) -> list[str]:
        """The value, which must be a list of texts."""
        if not isinstance(value, list):
            self.wrong(key, value, "a list of texts")
        return [self.text(key, item) for item in value]

    def one_of(self, key: str, value: object, allowed: tuple[str, ...]) -> str:
        """The value, which must be one of the words."""
        if not isinstance(value, str) or value not in allowed:
            self.wrong(
                key, value, ", ".join(repr(word) if word.strip() != word or not word else word for word in allowed)
            )
        return value
