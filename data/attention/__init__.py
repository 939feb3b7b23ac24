"""Attention: what a person should look at now, found in the mirror at any moment, live and past alike."""

from data.attention.alert import Alert
from data.attention.evaluation import attention

__all__ = ["Alert", "attention"]
