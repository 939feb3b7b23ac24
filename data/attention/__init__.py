"""Attention: what a person should look at now, found in the mirror at any moment, live and past alike."""

from data.stats.attention.alert import Alert
from data.stats.attention.evaluation import attention

__all__ = ["Alert", "attention"]
