"""The one catalogue of on-screen texts, Chinese and English."""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import get_args

from data.settings import Language

LANGUAGES: tuple[Language, ...] = get_args(Language)
_FILE = Path(__file__).with_name("texts.toml")


@lru_cache(maxsize=1)
def entries() -> dict[str, dict[str, str]]:
    """Every entry as the file has it: ``{"today.title": {"zh": …, "en": …}, …}``."""
    sections = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {f"{section}.{name}": texts for section, names in sections.items() for name, texts in names.items()}


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(language: Language) -> dict[str, str]:
    """All texts in one language, ``{"today.title": "今日", …}``; do not change the answer."""
    return {key: texts[language] for key, texts in entries().items()}


def text(key: str, language: Language, **values: object) -> str:
    """One text, with its ``{names}`` filled from `values`.

    Raises
    ------
    KeyError
        The catalogue has no such key, or a name in the text is not in `values`.
    """
    return catalogue(language)[key].format_map(values)
