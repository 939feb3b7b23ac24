"""TOML files that a city writes: reading them, and saying which key of which file is wrong."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

from pydantic import (
    AfterValidator,
    AllowInfNan,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from data.errors import SettingInvalid
from data.nearest_word import did_you_mean
from data.validation import Mistake, Unfit, first_mistake

# No such file comes near this.
MAX_BYTES = 1_000_000
# The library's time grows with the square of the parts of one key.
MAX_POINTS = 1_000
MAX_DEPTH = 20
# No more of a value is quoted in an error.
_LONGEST = 200


def _text(text: str) -> str:
    if not text.strip():
        raise ValueError("a text")
    return text


def _name(value: object) -> object:
    return str(value) if type(value) is int else value


Number = Annotated[float, AllowInfNan(False)]
# What something is called in messages; it may be a year.
Name = Annotated[str, BeforeValidator(_name)]
Text = Annotated[str, AfterValidator(_text)]
_Entry = TypeVar("_Entry")
Listed = Annotated[tuple[_Entry, ...], Field(strict=False)]


def optional() -> Any:
    """Declare a key that may be left out: it is then None, and what holds is decided where the table is used."""
    return Field(None, validate_default=False)


def required(key: str | None = None) -> Any:
    """Declare a key that must be there: an absent one is refused with what it must be, as a wrong value is.

    Parameters
    ----------
    key
        The key in the file, where the attribute has another name.
    """
    return Field(None, alias=key)


class TomlTable(BaseModel):
    """A table of such a file, declared: its keys, their types and defaults; every other key is a mistake in writing."""

    model_config = ConfigDict(strict=True, frozen=True, arbitrary_types_allowed=True, validate_default=True)

    @model_validator(mode="before")
    @classmethod
    def _only_known_keys(cls, said: object) -> object:
        known = [field.alias or name for name, field in cls.model_fields.items()]
        for key in said if isinstance(said, dict) else ():
            if key not in known:
                near = did_you_mean(key, known)
                others = f"only {', '.join(sorted(known))} are known{f'; did you mean {near}?' if near else ''}"
                raise Unfit(f"left out: {others}", key, value=said[key])  # type: ignore[index]  # a table, as above
        return {**dict.fromkeys(_absent(cls, said)), **said} if isinstance(said, dict) else said


def _absent(table: type[TomlTable], said: Mapping[str, Any]) -> list[str]:
    """Keys that are required and not said: pydantic would call them by the names of their attributes."""
    renamed = {field.alias: field for field in table.model_fields.values() if field.alias}
    return [key for key, field in renamed.items() if key not in said and field.default is None]


Declared = TypeVar("Declared", bound=TomlTable)


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
            document = read_document(path)
        except (OSError, ValueError) as error:
            known = ", ".join(sorted(file.stem for file in folder.glob("*.toml")))
            raise SettingInvalid(
                f"{kind} {str(name)!r} cannot be read ({error}): give one of {known}, or a file like it",
                name=kind.rpartition(" ")[2].lower(), value=str(name),
            ) from error  # fmt: skip
        return cls(kind, str(name), document)

    def wrong(self, key: str, value: object, expected: str) -> SettingInvalid:
        """The error for a key whose value cannot be; `expected` goes on from "it must be"."""
        return wrong(f"{self.kind} {self.name!r}", key, value, expected)

    def read_as(self, declared: type[Declared]) -> Declared:
        """What the document says, as it is declared.

        Raises
        ------
        SettingInvalid
            A key is unknown, or its value cannot be.
        """
        try:
            return declared.model_validate(self.document)
        except ValidationError as error:
            mistake = first_mistake(error)
            key, verb = key_of(self.document, mistake), "has" if mistake.in_list else "is"
            raise wrong(f"{self.kind} {self.name!r}", key, mistake.value, mistake.expected, verb) from error


def read_document(path: Path) -> dict[str, Any]:
    """The document of a TOML file of bounded size and depth.

    Raises
    ------
    OSError
        It cannot be opened.
    ValueError
        It is not TOML in UTF-8, or larger or deeper than any such file.
    """
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ValueError(f"it has more than {MAX_BYTES:,} bytes")
    for number, line in enumerate(content.split(b"\n"), start=1):
        if line.count(b".") > MAX_POINTS:
            raise ValueError(f"line {number} has more than {MAX_POINTS:,} points")
    try:
        document = tomllib.loads(content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n"))
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    _check_depth(document)
    return document


def key_of(document: Mapping[str, Any], mistake: Mistake) -> str:
    """The key of a mistake as a person finds it: a table of a list by its name, or else by its number, from 1."""
    key, joint, here = "", "", document
    for part in mistake.place[:-1] if mistake.in_list else mistake.place:
        here = _within(here, part)
        name = here.get("name") if isinstance(part, int) and isinstance(here, dict) else None
        if isinstance(part, int) and not (isinstance(name, str) and name.strip()):
            key, joint = numbered(key, part), ", "
        else:
            key, joint = f"{key}{joint}{name or part}", "."
    return key


def numbered(key: str, position: int) -> str:
    """The name of a table in a list, by its position from 0: ``[[turn]] 1``."""
    return f"[[{key}]] {position + 1}"


def _within(here: Any, part: str | int) -> Any:
    try:
        return here[part]
    except (KeyError, IndexError, TypeError):
        return None


def _check_depth(document: dict[str, Any]) -> None:
    """Refuse what no message could show: printing a value goes into its depth by calls within calls."""
    level: list[Any] = [document]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for one in level
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return
    raise ValueError(f"it is nested more than {MAX_DEPTH} deep")


def wrong(where: str, key: str, value: object, expected: str, verb: str = "is") -> SettingInvalid:
    """The error for a key of a file whose value cannot be, or that has an entry that cannot; `where` names the file."""
    said = "missing" if value is None else repr(value)[:_LONGEST]
    return SettingInvalid(f"{where}: {key} {verb} {said}; it must be {expected}", name=key, value=str(value))
