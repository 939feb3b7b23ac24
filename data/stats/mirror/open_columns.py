"""The columns of what is open, packed: a few thousand rows out of millions, that every screen asks for every second.

They lie far apart in the mirror, and gathering them costs a miss of the processor's memory each. From view to view only
those in zones that changed are gathered anew.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.stats.mirror.kernels import Positions
from data.stats.mirror.zones import ZONE_ROWS, Zones


class OpenColumns:
    """Columns of the rows at these positions.

    Parameters
    ----------
    columns
        Those of the view.
    rows
        `Zones.open`: ascending positions of what is open.
    """

    def __init__(self, columns: Mapping[str, NDArray[Any]], rows: Positions) -> None:
        self._columns = columns
        self.rows = rows
        self._packed: dict[str, NDArray[Any]] = {}

    def __getitem__(self, name: str) -> NDArray[Any]:
        packed = self._packed.get(name)
        if packed is None:
            packed = self._packed[name] = self._columns[name][self.rows]
        return packed

    def after(self, columns: Mapping[str, NDArray[Any]], zones: Zones, stamp: int) -> "OpenColumns":
        """The same of a later view, of which only the zones with this stamp have changed; what was packed stays so."""
        later, changed = OpenColumns(columns, zones.open), zones.stamps == stamp
        anew, kept = changed[later.rows // ZONE_ROWS], ~changed[self.rows // ZONE_ROWS]
        for name, before in list(self._packed.items()):
            packed = np.empty(len(anew), columns[name].dtype)
            packed[~anew] = before[kept]
            packed[anew] = columns[name][later.rows[anew]]
            later._packed[name] = packed
        return later
