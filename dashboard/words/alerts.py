"""Why an alert is one, as a sentence in both languages."""

from collections.abc import Mapping
from typing import Any

from dashboard.words.texts import LANGUAGES, text
from data.city.categories import Category
from data.settings import Language

# Spelled out, so that the catalogue can be held against them.
_REASONS = {
    "surge_of_category": "attention.surge_of_category",
    "surge_of_all": "attention.surge_of_all",
    "due_within": "attention.due_within",
    "due_within_unlocated": "attention.due_within_unlocated",
    "silent_for": "attention.silent_for",
    "repeated_at_place": "attention.repeated_at_place",
}


def sentences(
    reason: str, values: Mapping[str, Any], place: str, category: str | None, categories: Mapping[str, Category]
) -> dict[Language, str]:
    """Say the reason in every language.

    Parameters
    ----------
    reason, values
        As `Alert` has them.
    place
        Name of the grid, or of the city.
    category
        Its code; a code without names stands for itself, None where the alert is about all of them.
    """
    filled = {}
    for language in LANGUAGES:
        named = "" if category is None else category_name(category, language, categories)
        filled[language] = text(_REASONS[reason], language, **values, place=place, category=named)
    return filled


def category_name(code: str, language: Language, categories: Mapping[str, Category]) -> str:
    """Name of a category in a language."""
    known = categories.get(code)
    if known is not None:
        return known.name_zh if language == "zh" else known.name_en or known.name_zh
    return code or text("attention.unknown_category", language)
