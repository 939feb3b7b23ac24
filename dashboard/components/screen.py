"""What a screen is drawn with: its language, its theme, and the texts that follow from them."""

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.words.preferences import preferred_language, preferred_theme
from dashboard.words.texts import text
from data.settings import Language
from layers import THEMES, MapView, Palette, Theme
from layers.basemap import Basemap


@dataclass(frozen=True, slots=True)
class Screen:
    """Language and theme of one viewer, and the map under the city's grids."""

    language: Language
    theme: Theme
    basemap: Basemap | None = None

    @classmethod
    def of(cls, cookies: Mapping[str, str], default: Language, basemap: Basemap | None = None) -> "Screen":
        """What the viewer with these cookies prefers; `default` is the language of viewers who chose none."""
        return cls(preferred_language(cookies, default), preferred_theme(cookies), basemap)

    def text(self, key: str, **values: object) -> str:
        """A text of the catalogue in this screen's language."""
        return text(key, self.language, **values)

    @property
    def palette(self) -> Palette:
        """The colours of this screen's theme."""
        return THEMES[self.theme]

    @property
    def map_view(self) -> MapView:
        """What the layers are given."""
        return MapView(self.palette, basemap=self.basemap)
