"""What every layer is given and what it gives back."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from layers.basemap import FILL_OPACITY, Basemap
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
    basemap
        The map under the grids; None is a plain ground.
    """

    palette: Palette
    geometry_url: str = "/api/v1/grids/geometry?level={level}&detail={detail}"
    basemap: Basemap | None = None

    @property
    def fill_opacity(self) -> float:
        """Of what is coloured: a map below it is seen through."""
        return 1 if self.basemap is None else FILL_OPACITY


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


LayerPlace = Literal["ground", "over"]
Paint = Literal["fill", "heat", "outline", "mark", "track"]


@dataclass(frozen=True, slots=True)
class Choice:
    """What a viewer may switch on, and how the browser draws it.

    Attributes
    ----------
    place
        "ground" takes the place of the choropleth's colours, one at a time; "over" lies over whatever is the ground.
    paint
        What its document holds: "fill" (shapes with classes), "heat" (weighted points), "outline" (shapes with names),
        "mark" (points with names), "track" (ways with names, and the age of each point).
    url
        Where its document comes from; asked with ``within``, and where it is of a moment, with ``moment`` and
        ``known``.
    of_moment
        Whether it looks back as the time machine does; else it is of today.
    every_s
        After so many seconds the document of a view that does not change is asked for again.
    """

    place: LayerPlace
    paint: Paint
    url: str
    of_moment: bool
    every_s: int = 60


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of the map; each module of this package that draws one has it as `LAYER`.

    Attributes
    ----------
    key
        Its name: of its trace, style and texts (``layers.KEY`` in the catalogue).
    build
        A pure function from the view to what the figure and the browser need.
    leaflet
        A pure function from the view and the layer's document to folium's elements; see `folium_map` for documents.
    choice
        None for what is always there.
    height
        What lies above what: 0 is the ground.
    """

    key: str
    build: Callable[[MapView], LayerParts]
    leaflet: Callable[[MapView, Any], list[Any]]
    choice: Choice | None = None
    height: int = 0
