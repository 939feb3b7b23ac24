"""Files declared as tables: what cannot be is said with file, key, value, and what it must be."""

from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import Field

from data.errors import SettingInvalid
from data.toml_file import Listed, Number, Text, TomlFile, TomlTable, optional, required


class Tree(TomlTable):
    name: Text = required()
    height_m: Annotated[Number, Field(gt=0)] = required("height")
    leaves: Listed[Literal["green", "red"]] = ()
    evergreen: bool = optional()


class Park(TomlTable):
    since: int = 1900
    open: bool = True
    tree: Listed[Tree] = ()


TREE = '[[tree]]\nname = "oak"\nheight = 12\n'


def park(folder: Path, text: str) -> Park:
    path = folder / "park.toml"
    path.write_text(text, encoding="utf-8")
    return TomlFile.read("Park", path, folder).read_as(Park)


def test_a_file_is_what_it_says_and_the_defaults(tmp_path: Path) -> None:
    found = park(tmp_path, "since = 1950\n" + TREE + 'leaves = ["green"]\n')
    assert (found.since, found.open) == (1950, True)
    assert found.tree == (Tree(name="oak", height=12.0, leaves=("green",)),)  # type: ignore[call-arg]
    assert (found.tree[0].evergreen, found.tree[0].model_fields_set) == (None, {"name", "height_m", "leaves"})


@pytest.mark.parametrize(
    ("text", "key", "said"),
    [
        ("since = 1900.5", "since", "since is 1900.5; it must be a whole number"),
        ("since = true", "since", "since is True; it must be a whole number"),
        ('since = "1900"', "since", "since is '1900'; it must be a whole number"),
        ('open = "yes"', "open", "open is 'yes'; it must be true or false"),
        (
            "opne = true",
            "opne",
            "opne is True; it must be left out: only open, since, tree are known; did you mean open?",
        ),
        ("zzz = 1", "zzz", "zzz is 1; it must be left out: only open, since, tree are known"),
        ("tree = 5", "tree", "tree is 5; it must be a list"),
        ("tree = [5]", "[[tree]] 1", "[[tree]] 1 is 5; it must be a table"),
        ("[tree]\nname = 'oak'", "tree", "it must be a list"),
        ("[[tree]]\nheight = 1", "[[tree]] 1, name", "[[tree]] 1, name is missing; it must be a text"),
        ("[[tree]]\nname = ' '\nheight = 1", "[[tree]] 1, name", "name is ' '; it must be a text"),
        ("[[tree]]\nname = 'oak'", "tree.oak.height", "tree.oak.height is missing; it must be a number"),
        (TREE.replace("12", "0"), "tree.oak.height", "tree.oak.height is 0; it must be more than 0"),
        (TREE.replace("12", "nan"), "tree.oak.height", "tree.oak.height is nan; it must be a number"),
        (TREE.replace("12", "1" + 400 * "0"), "tree.oak.height", "it must be a number"),
        (TREE + "heigth = 3", "tree.oak.heigth", "did you mean height?"),
        (TREE + "height_m = 3", "tree.oak.height_m", "did you mean height?"),
        (TREE + 'leaves = "green"', "tree.oak.leaves", "leaves is 'green'; it must be a list"),
        (TREE + 'leaves = ["green", "blue"]', "tree.oak.leaves", "leaves has 'blue'; it must be 'green' or 'red'"),
        (TREE + TREE.replace("oak", "elm") + "evergreen = 1", "tree.elm.evergreen", "it must be true or false"),
    ],
)
def test_what_cannot_be_is_named(tmp_path: Path, text: str, key: str, said: str) -> None:
    with pytest.raises(SettingInvalid) as caught:
        park(tmp_path, text)
    assert caught.value.values["name"] == key
    assert caught.value.message.startswith(f"Park '{tmp_path / 'park.toml'}': {key} ")
    assert said in caught.value.message
