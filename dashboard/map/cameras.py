"""The document of the layer of cameras."""

from datetime import datetime
from typing import Any

import numpy as np

from dashboard.center.services import Services
from data.access.scope import Scope
from data.city.cameras import read_cameras


def camera_marks(services: Services, scope: Scope, moment: datetime | None) -> dict[str, Any]:
    """Cameras with the addresses of their streams; those in no grid are seen where the whole city is in view.

    Parameters
    ----------
    services
        The city's; `NoEdition` is raised where it has none.
    scope
        Narrowed to the grid in view.
    moment
        As registered then; None is now.

    Returns
    -------
    JSON-able: ``marks`` by code, with ``code, name, lon, lat, stream``; empty where there are no cameras.
    """
    found = read_cameras(services.store, moment)
    leaves = services.index.assign(np.array([one.lon for one in found]), np.array([one.lat for one in found]))
    marks = [
        {"code": one.code, "name": one.name, "lon": one.lon, "lat": one.lat, "stream": one.stream}
        for one, leaf in zip(found, leaves.tolist(), strict=True)
        if scope.sees(leaf)
    ]
    return {"marks": marks}
