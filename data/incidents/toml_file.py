"""TOML files that a city writes: reading them, and saying which key of which file is wrong."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from data.errors import SettingInvalid


@dataclass(frozen=True, slots=True)
class TomlFile:
    """The document of a file, and how its errors name it.

    Attributes
    ----------
    kind
        What the file is, at the beginning of a sentence: "Work calendar".
    name
        Name or path it was asked for by.
    document
        What it says.
    """

    kind: str
    name: str
    document: Mapping[str, Any]

    @classmethod
    def read(cls, kind: str, name: str | Path, folder: Path) -> Self:
        """Read ``folder/NAME.toml`` for a bare name, or the file at a path.

        Raises
        ------
        SettingInvalid
            There is no such file, or it is no TOML; names those there are.
        """
        path = Path(name)
        if path.suffix != ".toml" and len(path.parts) == 1:
            path = folder / f"{name}.toml"
        try:
            document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            known = ", ".join(sorted(file.stem for file in folder.glob("*.toml")))
            raise SettingInvalid(
                f"{kind} {str(name)!r} cannot be read ({error}): give one of {known}, or a file like it",
                name=kind.rpartition(" ")[2].lower(), value=str(name),
            ) from error  # fmt: skip
        return cls(kind, str(name), document)

    def wrong(self, key: str, value: object, expected: str) -> SettingInvalid:
        """The error for a key whose value cannot be; `expected` goes on from "it must be"."""
        return wrong(f"{self.kind} {self.name!r}", key, value, expected)

    def only(self, prefix: str, table: Mapping[str, Any], allowed: set[str]) -> None:
        """Refuse keys nobody knows: they are mistakes in writing."""
        for key in table:
            if key not in allowed:
                raise self.wrong(prefix + key, table[key], f"left out: only {', '.join(sorted(allowed))} are known")

    def section(self, key: str, allowed: set[str]) -> Mapping[str, Any]:
        """The table under a key of the document; empty where it is absent."""
        section = self.document.get(key, {})
        if not isinstance(section, dict):
            raise self.wrong(key, section, "a table")
        self.only(f"{key}.", section, allowed)
        return section

    def list(self, key: str, value: object) -> list[Any]:
        """The value, if it is a list."""
        if not isinstance(value, (list, tuple)):
            raise self.wrong(key, value, "a list")
        return [*value]

    def number(self, key: str, value: object) -> float:
        """The value, if it is a finite number."""
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            raise self.wrong(key, value, "a number")
        return float(value)

    def whole(self, key: str, value: object) -> int:
        """The value, if it is a whole number."""
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.wrong(key, value, "a whole number")
        return value


def wrong(where: str, key: str, value: object, expected: str) -> SettingInvalid:
    """The error for a key of a file whose value cannot be; `where` names the file."""
    return SettingInvalid(f"{where}: {key} is {value!r}; it must be {expected}", name=key, value=str(value))
