"""Where incidents happen: leaves by population and by each category's own hot spots, then a point inside the leaf."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from data.demo.city import DemoCity
from data.demo.draws import key_of, keys_of, uniform

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

HOT_SHARE, HOT_FACTOR = 0.03, 5.0
DECIMALS = 6


@dataclass(frozen=True)
class Places:
    """Where the incidents of a demo city happen."""

    city: DemoCity

    @cached_property
    def town_of_leaf(self) -> Ints:
        """Position of each leaf's town, shape ``(leaves,)``."""
        towns = self.city.system.levels[0]
        return np.repeat(np.arange(len(towns)), (towns["hi"] - towns["lo"]).to_numpy())

    @cached_property
    def running_weight(self) -> Floats:
        """Running sums of the leaves' weights by category, shape ``(categories, leaves + 1)``."""
        leaves, towns = self.city.system.leaves, self.city.system.levels[0]
        people = leaves["population"].to_numpy().astype(np.float64)
        leaf_keys, town_keys = keys_of(leaves["code"]), keys_of(towns["code"])
        weight = np.empty((len(self.city.categories), len(leaves)))
        for row, category in enumerate(self.city.categories):
            own = np.uint64(key_of(f"hot {self.city.seed} {category.code}"))
            hot = np.where(uniform(leaf_keys ^ own, 0) < HOT_SHARE, HOT_FACTOR, 1.0)
            town = 0.6 + 0.9 * uniform(town_keys ^ own, 1)
            weight[row] = people * hot * town[self.town_of_leaf]
        return np.concatenate([np.zeros((len(weight), 1)), np.cumsum(weight, axis=1)], axis=1)

    @cached_property
    def _shapes(self) -> NDArray[np.object_]:
        shapes = self.city.system.leaves.geometry.to_numpy()
        shapely.prepare(shapes)
        return np.asarray(shapes)

    @cached_property
    def _outline(self) -> shapely.Geometry:
        whole = shapely.coverage_union_all(self.city.system.levels[0].geometry.to_numpy())
        shapely.prepare(whole)
        return whole

    def leaves(self, category: Ints, draw: Floats, town: Ints) -> Ints:
        """A leaf for each incident; `town` limits it to one town, -1 to none."""
        towns = self.city.system.levels[0]
        lo = np.where(town < 0, 0, towns["lo"].to_numpy()[town])
        hi = np.where(town < 0, len(self.city.system.leaves), towns["hi"].to_numpy()[town])
        leaf = np.empty(len(category), dtype=np.int64)
        for row in np.unique(category):
            own = np.flatnonzero(category == row)
            running = self.running_weight[row]
            low, high = running[lo[own]], running[hi[own]]
            leaf[own] = np.searchsorted(running, low + draw[own] * (high - low), side="right") - 1
        return np.clip(leaf, lo, hi - 1)

    def points(self, leaf: Ints, rng: np.random.Generator) -> Floats:
        """A random point strictly inside each leaf, shape ``(n, 2)``, degrees of WGS 84 with six decimals."""
        bounds = shapely.bounds(self._shapes)[leaf]
        found = np.empty((len(leaf), 2))
        missing = np.arange(len(leaf))
        while missing.size:
            low, high = bounds[missing, :2], bounds[missing, 2:]
            tries = np.round(low + rng.random((missing.size, 2)) * (high - low), DECIMALS)
            inside = shapely.contains_xy(self._shapes[leaf[missing]], tries[:, 0], tries[:, 1])
            found[missing[inside]] = tries[inside]
            missing = missing[~inside]
        return found

    def points_outside(self, count: int, rng: np.random.Generator) -> Floats:
        """Points near the city but in none of its leaves, shape ``(count, 2)``."""
        west, south, east, north = shapely.bounds(self._outline)
        found: list[Floats] = [np.empty((0, 2))]
        while sum(map(len, found)) < count:
            tries = np.round(rng.random((4 * count + 8, 2)) * (east - west, north - south) + (west, south), DECIMALS)
            found.append(tries[~shapely.intersects_xy(self._outline, tries[:, 0], tries[:, 1])])
        return np.vstack(found)[:count]
