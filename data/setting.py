"""A declared setting: its variable, what it must be, and its row in the README's table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic import Field
from pydantic.fields import FieldInfo


@dataclass(frozen=True, slots=True)
class Setting:
    """What is declared about one setting.

    Attributes
    ----------
    name
        Its name in the code and in a settings file.
    variable
        The environment variable.
    default
        As the README writes it: ``"`8050`"``, or "unset".
    meaning
        What it decides, in Markdown.
    must
        What its value must be; goes on from "it must be".
    secret
        Whether its value stays out of errors and logs.
    """

    name: str
    variable: str
    default: str
    meaning: str
    must: str
    secret: bool

    @property
    def row(self) -> str:
        """Its row in the README's table."""
        return f"| `{self.variable}` | {self.default} | {self.meaning} |"


def declare(default: Any, meaning: str, *, see: str = "", of: str = "", secret: bool = False, **rest: Any) -> Any:
    """Declare a setting; an attribute of a pydantic dataclass.

    Parameters
    ----------
    default
        A value, or a function that finds it.
    meaning
        What it decides, in Markdown, for the README.
    see
        The document that says more.
    of
        Unit of a number: "days".
    secret
        Whether its value stays out of errors and logs.
    **rest
        Bounds (``ge=1``), and by name where it differs from ``GRID_`` and the attribute: ``variable="PORT"``; how a
        default that is found is written: ``written="unset"``.
    """
    extra: dict[str, Any] = {name: rest.pop(name) for name in ("variable", "written") if name in rest}
    said: dict[str, Any] = {"default_factory": default} if callable(default) else {"default": default}
    more = f"; see [{see}]({see})" if see else ""
    return Field(
        **said, **rest, repr=not secret, description=meaning + more,
        json_schema_extra={**extra, "of": of, "secret": secret},
    )  # fmt: skip


def declared(settings: Any) -> dict[str, Setting]:
    """The settings that a pydantic dataclass declares, by name, in order."""
    fields: Mapping[str, FieldInfo] = settings.__pydantic_fields__
    return {name: _setting(name, field) for name, field in fields.items()}


def _setting(name: str, field: FieldInfo) -> Setting:
    extra: Any = field.json_schema_extra
    return Setting(
        name=name,
        variable=extra.get("variable", f"GRID_{name.upper()}"),
        default=extra.get("written") or _written(field.default),
        meaning=field.description or "",
        must=_must(field, extra["of"]),
        secret=extra["secret"],
    )


def _written(default: Any) -> str:
    if default in (None, "", ()):
        return "unset"
    return f"`{default:g}`" if isinstance(default, float) else f"`{default}`"


def _must(field: FieldInfo, unit: str) -> str:
    """What type and bounds say: "a whole number of days from 1 to 366"."""
    if get_origin(field.annotation) is Literal:
        return " or ".join(get_args(field.annotation))
    if get_origin(field.annotation) is tuple:
        return "a list of texts"
    if field.annotation not in (int, float):
        return "a text"
    number = "a whole number" if field.annotation is int else "a number"
    bounds = {sign: getattr(one, sign) for one in field.metadata for sign in ("gt", "ge", "le") if hasattr(one, sign)}
    kind = f"{number} of {unit}" if unit else number
    if "le" in bounds:
        return f"{kind} from {bounds['ge']} to {bounds['le']}"
    return f"{kind}, more than {bounds['gt']}" if "gt" in bounds else f"{kind}, {bounds['ge']} or more"
