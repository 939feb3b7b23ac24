"""H3 cells computed for many points are those of the library, for every point there is."""

import h3
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import GridIndex
from geo.errors import CoordinatesInvalid
from geo.index import cells


def asked(lon: np.ndarray, lat: np.ndarray, resolution: int) -> list[int]:
    """The library's answers, one by one."""
    return [h3.str_to_int(h3.latlng_to_cell(y, x, resolution)) for x, y in zip(lon, lat, strict=True)]


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32 - 1), resolution=st.integers(0, 15), finer=st.integers(0, 3))
def test_on_borders_and_corners_of_cells(seed: int, resolution: int, finer: int) -> None:
    random = np.random.default_rng(seed)
    # Some of the cells are pentagons and their neighbours, some lie across edges of the icosahedron.
    fine = min(resolution + finer, 15)
    pentagon = random.choice(h3.get_pentagons(fine))
    somewhere = h3.latlng_to_cell(np.degrees(np.arcsin(random.uniform(-1, 1))), random.uniform(-180, 180), fine)
    around = [*h3.grid_disk(pentagon, 2), *h3.grid_disk(somewhere, 2)]
    corners = np.array([corner for cell in around for corner in h3.cell_to_boundary(cell)])
    other = corners[random.permutation(len(corners))]
    between = (corners + np.roll(corners, 1, axis=0)) / 2
    beside = np.nextafter(corners, other)
    lat, lon = np.vstack([corners, between, beside, corners + random.normal(0, 1e-9, corners.shape)]).T
    lat, lon = np.clip(lat, -90, 90), np.clip(lon, -180, 180)
    assert cells(lon, lat, resolution).tolist() == asked(lon, lat, resolution)


@settings(deadline=None)
@given(lon=st.floats(-180, 180), lat=st.floats(-90, 90), resolution=st.integers(0, 15))
def test_any_place(lon: float, lat: float, resolution: int) -> None:
    assert cells(lon, lat, resolution).tolist() == asked(np.array([lon]), np.array([lat]), resolution)


def test_alone_and_among_many_threads() -> None:
    random = np.random.default_rng(5)
    lon, lat = random.uniform(120, 120.7, 80_000), random.uniform(31.6, 32.0, 80_000)
    many = cells(lon, lat, 12)
    for at in range(0, 80_000, 997):
        assert cells(lon[at], lat[at], 12)[0] == many[at] == asked(lon[at : at + 1], lat[at : at + 1], 12)[0]


@pytest.mark.parametrize("resolution", [0, 1, 5, 8, 9, 12, 15])
def test_cells_are_those_of_h3(resolution: int) -> None:
    random = np.random.default_rng(resolution)
    lon, lat = random.uniform(-180, 180, 3000), np.degrees(np.arcsin(random.uniform(-1, 1, 3000)))
    city = random.uniform(120, 120.7, 2000), random.uniform(31.6, 32.0, 2000)
    corners = np.array([h3.cell_to_latlng(cell) for cell in h3.get_pentagons(min(resolution + 1, 15))])
    lon = np.concatenate([lon, city[0], corners[:, 1], [180.0, -180.0, 0.0, 0.0]])
    lat = np.concatenate([lat, city[1], corners[:, 0], [0.0, 0.0, 90.0, -90.0]])
    found = cells(lon, lat, resolution)
    assert found.dtype == np.uint64
    expected = [h3.str_to_int(h3.latlng_to_cell(y, x, resolution)) for x, y in zip(lon, lat, strict=True)]
    assert found.tolist() == expected


def test_cells_of_nothing_and_of_nonsense() -> None:
    assert cells([], [], 9).shape == (0,)
    assert GridIndex.cells(120.3, 31.9, 12).tolist() == cells([120.3], [31.9], 12).tolist()
    with pytest.raises(CoordinatesInvalid, match="position 1"):
        cells([120.0, np.nan], [31.0, 31.0], 9)
    with pytest.raises(ValueError, match="resolution 16"):
        cells([120.0], [31.0], 16)
