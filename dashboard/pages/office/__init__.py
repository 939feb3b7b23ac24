"""The office under ``/office``: one Dash app with a page for each kind of work that is done at a desk, in tables.

Each page is a folder beside this file. Python answers its callbacks, in threads (see `asking`).
"""

from dashboard.pages.office.mounting import mount_office

__all__ = ["mount_office"]
