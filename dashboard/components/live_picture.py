"""The live picture as a component of Dash, written by hand; its other half is `browser/live_picture.js`."""

from collections.abc import Sequence
from typing import Any, Final

from dash.development.base_component import Component

# The script that knows it in the browser, by its path among the modules there.
SCRIPT: Final = "live_picture.js"


class LivePicture(Component):  # type: ignore[misc]  # dash carries no types
    """A page that follows the stream; its panels, map and chart are its children.

    Frames never leave the browser, and no Python runs for one.

    Parameters
    ----------
    children
        The page, empty of numbers.
    id, className
        As every component has them.
    config
        What the scripts need to know, once per visit; with another one the picture begins anew.
    view
        What the screen looks at: ``within`` (a grid, or None for the city), ``level`` and ``kpi``. Like the next two it
        is reported when the viewer changes it, and followed when a callback sets it; without one it is the address's.
    moment
        Which moment, as ISO 8601; None is live. While the past plays, its beginning and its end are reported.
    selection
        The number whose incidents are listed: ``of``, ``name``, ``within``, ``unit`` and ``span``; None is none.
    """

    _namespace = "gridCenter"
    _type = "LivePicture"
    _children_props: Sequence[str] = ()
    _base_nodes = ("children",)

    def __init__(
        self,
        children: Any = None,
        id: str | None = None,  # noqa: A002  # the name that Dash gives it
        className: str | None = None,  # noqa: N803
        config: dict[str, Any] | None = None,
        view: dict[str, Any] | None = None,
        moment: str | None = None,
        selection: dict[str, Any] | None = None,
    ) -> None:
        given = {
            "id": id,
            "className": className,
            "config": config,
            "view": view,
            "moment": moment,
            "selection": selection,
        }
        self._prop_names = ["children", *given]
        self._valid_wildcard_attributes: list[str] = []
        self.available_properties = self._prop_names
        self.available_wildcard_properties: list[str] = []
        super().__init__(children=children, **{name: value for name, value in given.items() if value is not None})
