"""The tiles of the made-up city's basemap, out of the file a test gives."""

from fastapi import FastAPI, Request, Response

from dashboard.api.basemap import answer
from dashboard.map.basemap.serving import open_tiles
from dashboard.map.basemap.tile import Tile
from tests.browser.fake_api import Fake


def add_basemap(app: FastAPI, fake: Fake) -> None:
    """The address of the tiles, where the city has any; what is asked of it is remembered."""
    tiles = open_tiles(fake.settings)
    if tiles is None:
        return

    @app.get("/api/v1/basemap/{z}/{x}/{y}")
    async def tile(request: Request, z: int, x: int, y: int) -> Response:
        fake.tiles_asked.append((z, x, y))
        return await answer(request, tiles, Tile(z, x, y))

    app.router.on_shutdown.append(tiles.close)
