"""The one catalogue of on-screen texts, Chinese and English.

A file for each page, ``catalogue/*.toml``, and one for each subject, ``dashboard/subjects/*/texts.toml``.
"""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import get_args

from data.settings import Language

LANGUAGES: tuple[Language, ...] = get_args(Language)
_FOLDER = Path(__file__).with_name("catalogue")
_SUBJECTS = Path(__file__).parents[1] / "subjects"


@lru_cache(maxsize=1)
def entries() -> dict[str, dict[str, str]]:
    """Every entry as the files have it: ``{"today.title": {"zh": …, "en": …}, …}``.

    Raises
    ------
    ValueError
        Two files say the same key.
    """
    found: dict[str, dict[str, str]] = {}
    for path in [*sorted(_FOLDER.glob("*.toml")), *sorted(_SUBJECTS.glob("*/texts.toml"))]:
        for section, names in tomllib.loads(path.read_text(encoding="utf-8")).items():
            for name, texts in names.items():
                if f"{section}.{name}" in found:
                    raise ValueError(f"{path.name} says {section}.{name} once more")
                found[f"{section}.{name}"] = texts
    return found


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
