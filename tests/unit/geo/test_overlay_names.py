"""Names of grids that are proposed: in the writing of the area that holds them."""

import pytest

from geo.overlay_net import _numbered


@pytest.mark.parametrize(("parent", "name"), [("花园村", "花园村第3网格"), ("Harlem", "Harlem 3")])
def test_a_new_grid_is_named_as_its_area_is_written(parent: str, name: str) -> None:
    assert _numbered(parent, 3) == name
