"""The phone page for grid workers: a page of its own, without Dash, that works without a network."""

from dashboard.pages.field.routes import router

__all__ = ["router"]
