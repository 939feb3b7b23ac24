"""The page ``/office/registers``: units, people and powers in force, and the reason why somebody may act."""

from dashboard.pages.office.registers.callbacks import register

NAME = "registers"

__all__ = ["NAME", "register"]
