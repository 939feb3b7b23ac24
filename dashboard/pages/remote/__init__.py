"""The phone page that steers a wall: enter the code the wall shows, then press what it is to do."""

from dashboard.pages.remote.routes import router

__all__ = ["router"]
