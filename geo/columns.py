"""Which column of a grid file holds the code, the name, the parent? Said by the caller, or guessed when it is plain."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from geo.errors import GridsUnreadable
from geo.formats import unreadable
from geo.visible import visible

_LISTED = 60

# Rows of equal standing: one match in the first row that has any is the column, two are a question to the caller.
_CODES = (
    ("code", "grid_code", "gridcode", "grid_id", "gridid", "编码", "代码", "编号", "网格编码", "网格代码", "网格编号",
     "区划代码", "行政区划代码", "行政代码", "adcode", "bm", "wgbm"),
    ("geoid",),
    ("boroct2020",),
    ("nta2020", "ntacode", "nta2010"),
    ("borough_code", "boro_code", "borocode"),
)  # fmt: skip
_NAMES = (
    ("name", "grid_name", "gridname", "名称", "网格名称", "名字", "区划名称", "行政区划名称", "mc", "wgmc"),
    ("ntaname", "nta_name", "ct_label", "boro_name", "boroname"),
)
_PARENTS = (
    ("parent", "parent_code", "parentcode", "parent_id", "parentid", "pcode", "上级编码", "上级代码", "上级网格",
     "上级网格编码", "所属网格", "所属网格编码", "父级编码", "父编码", "上级区划代码"),
    # An object that tells of the grid above, as in files of DataV.
    ("parent.adcode", "parent.code"),
)  # fmt: skip
_POPULATIONS = (("population", "人口", "人口数", "常住人口", "population_estimate"),)


@dataclass(frozen=True, slots=True)
class LevelColumns:
    """Names of a level's columns in its file; None = guess. A point leads into an object: ``parent.adcode``.

    `parent` holds the code of the grid one level up; it is not asked for on the first level, nor in one leaf file
    whose columns name all levels. `name` may be the column of the code.
    """

    code: str | None = None
    name: str | None = None
    parent: str | None = None
    population: str | None = None

    @classmethod
    def parse(cls, text: str) -> "LevelColumns":
        """From ``"code=geoid,name=ct_label,parent=nta2020"``, as on a command line; "" guesses all.

        Raises
        ------
        GridsUnreadable
            The text is not of that form.
        """
        pairs = [part.partition("=") for part in text.split(",") if part.strip()]
        found = {key.strip(): column.strip() for key, _, column in pairs}
        wrong = [key for key, column in found.items() if key not in cls.__slots__ or not column]
        if wrong or len(found) < len(pairs):
            raise GridsUnreadable(
                f"columns {text!r}: give them as code=…,name=…,parent=…,population=…", path=None, reason="columns"
            )
        return cls(**found)


@dataclass(frozen=True, slots=True)
class FoundColumns:
    """The columns of a level that its file really has."""

    code: str
    name: str
    parent: str | None
    population: str | None

    @property
    def all(self) -> list[str]:
        """Each column once."""
        return list(dict.fromkeys(column for column in (self.code, self.name, self.parent, self.population) if column))


def find_columns(
    path: Path, present: Sequence[str], wanted: LevelColumns, code_above: str | None, has_parent: bool
) -> FoundColumns:
    """The columns of one level.

    Parameters
    ----------
    path, present
        The file, for the messages, and the columns it has.
    wanted
        What the caller said.
    code_above
        The code column of the level above, None on the first: a column of that name holds the parent, when no column
        is plainly named so.
    has_parent
        Whether a parent is asked for.

    Raises
    ------
    GridsUnreadable
        `reason` "missing_columns" or "ambiguous_columns"; the values `columns` lists those present.
    """
    code = _said_or_guessed(path, present, wanted.code, "code", _CODES)
    name = _said_or_guessed(path, present, wanted.name, "name", _NAMES)
    parent = None
    if has_parent:
        above = ((code_above,),) if code_above is not None and code_above != code else ()
        parent = _said_or_guessed(path, present, wanted.parent, "parent", (*_PARENTS, *above))
    population = wanted.population
    if population is not None or _matches(present, _POPULATIONS):
        population = _said_or_guessed(path, present, population, "population", _POPULATIONS)
    return FoundColumns(code, name, parent, population)


def _said_or_guessed(
    path: Path, present: Sequence[str], said: str | None, role: str, guesses: Sequence[Sequence[str]]
) -> str:
    listed = ", ".join(visible(name) for name in present[:_LISTED]) or "none"
    if len(present) > _LISTED:
        listed += f" and {len(present) - _LISTED:,} more"
    if said is not None:
        if said in present:
            return said
        raise unreadable(
            path, "missing_columns", f"it lacks the column {said!r} for the {role}; it has: {listed}",
            missing=[said], columns=list(present),
        )  # fmt: skip
    found = _matches(present, guesses)
    if len(found) == 1:
        return found[0]
    if found:
        raise unreadable(
            path, "ambiguous_columns",
            f"the {role} may be in {' or '.join(found)}: say which; the columns are: {listed}",
            role=role, candidates=found, columns=list(present),
        )  # fmt: skip
    raise unreadable(
        path, "missing_columns", f"no column is plainly the {role}: say which one it is, of: {listed}",
        missing=[role], columns=list(present),
    )  # fmt: skip


def _matches(present: Sequence[str], guesses: Sequence[Sequence[str]]) -> list[str]:
    for row in guesses:
        known = {guess.casefold() for guess in row}
        found = [column for column in present if column.casefold() in known]
        if found:
            return found
    return []
