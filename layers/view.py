"""What every layer is given and what it gives back."""

from dataclasses import dataclass, field
from typing import Any, Protocol

from layers.palette import Palette


@dataclass(frozen=True, slots=True)
class MapView:
    """What is to be drawn, before any number is known.

    Attributes
    ----------
    palette
        The colours of the screen's theme.
    geometry_url
        Where the GeoJSON of a level lies; ``{level}`` and ``{detail}`` (1 coarse to 3 fine) are filled in.
    """

    palette: Palette
    geometry_url: str = "/api/v1/grids/geometry?level={level}&detail={detail}"


@dataclass(frozen=True, slots=True)
class LayerParts:
    """What a layer adds to the map.

    Attributes
    ----------
    traces
        Plotly traces, empty of data; the browser pours values into them by `name`.
    lines
        Styles of MapLibre line layers, by role; the browser adds the source.
    overlay
        Styles of what the browser draws itself above the map, where MapLibre would ask another host for glyphs
        or sprites. Sizes in rem.
    """

    traces: tuple[Any, ...] = ()
    lines: dict[str, dict[str, Any]] = field(default_factory=dict)
    overlay: dict[str, dict[str, Any]] = field(default_factory=dict)


class Layer(Protocol):
    """A module of this package: a pure function from the view to its parts."""

    def __call__(self, view: MapView) -> LayerParts:
        """Build the parts of this layer."""
        ...
