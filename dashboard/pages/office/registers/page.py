"""The page: a table of the register chosen, and beside it the reason why somebody may act."""

from collections.abc import Mapping
from typing import Any, Final

import dash_ag_grid as dag
import dash_mantine_components as dmc
from dash import html, no_update

from dashboard.center.made_once import MadeOnce
from dashboard.components.screen import Screen
from dashboard.components.skip import MAIN
from dashboard.pages.office.asking import Asker
from dashboard.pages.office.frame import header
from dashboard.pages.office.registers.rows import (
    COLUMNS,
    KINDS,
    NUMBERS,
    TABLES,
    Cell,
    Filters,
    KeptRows,
    Table,
    found,
    kind_text,
)
from dashboard.pages.office.registers.sentences import (
    assignee_sentence,
    headline,
    post_sentence,
    reason_sentence,
    rule_sentence,
)
from dashboard.words.alerts import category_name
from data.registers.directory import Directory
from data.registers.reasons import Answer, Reason, posts_of
from data.registers.tables import RegisterVersion

# What the page's address may say.
PARAMETERS: Final = ("register", "q", "person", "category", "grid", "moment")
UNCHANGED: Final = no_update
# What opens lies in its landmark, and the list itself scrolls: so a reader finds it, and a keyboard reaches its end.
_OPENS_IN_PLACE: Final[Mapping[str, Any]] = {
    "comboboxProps": {"withinPortal": False},
    "withScrollArea": False,
    "styles": {"options": {"maxHeight": "18rem", "overflowY": "auto"}},
    "attributes": {"options": {"tabIndex": 0}},
}
_kept: Final = MadeOnce(lambda _services: KeptRows())
# A pause in typing after which the table follows, in milliseconds.
_PAUSE_MS: Final = 250
_IMPORT: Final = (
    "python app.py registers import --units units.csv --persons persons.csv --duties duties.csv --powers powers.csv"
)
# Width of a column in pixels where the others share the rest by these parts.
_PARTS: Final[Mapping[str, int]] = {
    "name": 3, "area": 3, "categories": 4, "place": 3, "category": 3, "towns": 3, "basis": 3, "parent": 2, "hours": 2,
    "town": 2,
}  # fmt: skip
_WIDTHS: Final[Mapping[str, int]] = {"since": 108, "until": 108, "duty": 84, "means": 112, "state": 100, "people": 96}


def page(asker: Asker, version: RegisterVersion | None, asked: Mapping[str, str]) -> html.Div:
    """The whole page; without a version, the way to import one.

    Parameters
    ----------
    asked
        What the address says of `PARAMETERS`.
    """
    screen = asker.screen
    body = _nothing(screen) if version is None else [_tables(asker, version, asked), _why(asker, asked)]
    return html.Div(
        [
            header(screen, asker.services.edition.city, "registers", _asker(asker)),
            html.Main(body, id=MAIN, tabIndex=-1, className="registers" if version else "registers-none"),
        ],
        className="office-page",
    )


def columns(table: Table, screen: Screen) -> list[dict[str, Any]]:
    """The columns of a table, for AG Grid; no functions, which our policy would not run."""
    return [
        {
            "field": name,
            "headerName": screen.text(f"register_column.{name}"),
            "tooltipField": name,
            **({"flex": _PARTS[name], "minWidth": 110} if name in _PARTS else {"width": _WIDTHS.get(name, 120)}),
            **({"type": "rightAligned"} if name in NUMBERS else {}),
        }
        for name in COLUMNS[table]
    ]


def kinds(asker: Asker, table: Table) -> list[dict[str, str]]:
    """What the table may be narrowed to by kind, for a choice."""
    return [{"value": kind, "label": kind_text(table, kind, asker.screen)} for kind in KINDS[table]]


def kind_label(table: Table, screen: Screen) -> str:
    """What the kind of a row is called in this table."""
    return screen.text(f"registers.kind_{table}")


def rows(asker: Asker, table: Table, filters: Filters) -> tuple[list[dict[str, Cell]], str]:
    """The rows that fit, for AG Grid, and how many of how many they are."""
    kept = _kept.of(asker.services)
    every = kept.rows(table, asker.services.desk.directory, asker.now, asker.screen)
    chosen = found(every, filters)
    key = "count_all" if len(chosen) == len(every) else "count"
    count = asker.screen.text(f"registers.{key}", found=f"{len(chosen):,}", total=f"{len(every):,}")
    return [dict(row.cells) for row in chosen], count


def answer(said: Answer, category: str, directory: Directory, screen: Screen) -> list[Any]:
    """The reason: the finding, why by each means, and the posts it rests on; `category` is its name."""
    moment = said.moment.strftime("%Y-%m-%d %H:%M")
    parts: list[Any] = [html.P(headline(said, category, screen), className="finding", **{"data-testid": "finding"})]
    parts += [_means(reason, screen) for reason in said.reasons]
    if said.posts:
        posts = [html.Li(post_sentence(post, directory, screen)) for post in said.posts]
        parts += [html.H3(screen.text("why.posts")), html.Ul(posts, className="posts")]
    as_of = screen.text("why.as_of", version=directory.version, moment=moment)
    return [*parts, html.P(as_of, className="quiet as-of")]


def _means(reason: Reason, screen: Screen) -> html.Section:
    """One means: may or may not, as a shape and a word; why; the rule; who is responsible."""
    head = [
        html.Span("●" if reason.may else "✕", className="sign", **{"aria-hidden": "true"}),
        html.Strong(screen.text(f"means.{reason.means}")),
        html.Span(screen.text("why.yes" if reason.may else "why.no")),
    ]
    lines = [reason_sentence(reason, screen), rule_sentence(reason, screen), assignee_sentence(reason, screen)]
    said = [html.P(line, className="quiet" if at else "") for at, line in enumerate(lines) if line]
    return html.Section([html.H3(head), *said], className="means", **{"data-means": reason.means})


def _nothing(screen: Screen) -> list[Any]:
    return [
        html.P(screen.text("registers.none"), className="finding", **{"data-testid": "none"}),
        html.P([screen.text("registers.none_how"), " ", html.Code(_IMPORT)]),
        html.P(screen.text("registers.none_until"), className="quiet"),
    ]


def _tables(asker: Asker, version: RegisterVersion, asked: Mapping[str, str]) -> html.Section:
    screen = asker.screen
    tabs = [{"value": table, "label": screen.text(f"registers.{table}")} for table in TABLES]
    towns = [{"value": town.code, "label": town.name} for town in asker.services.edition.system.children()]
    every_kind, every_town = screen.text("registers.every_kind"), screen.text("registers.every_town")
    table = _table_asked(asked)
    listed, count = rows(asker, table, Filters(asked.get("q", "")))
    filters = [
        dmc.SegmentedControl(
            id="register", data=tabs, value=table, className="tabs",
            **{"aria-label": screen.text("registers.table")},
        ),
        dmc.TextInput(
            id="search", label=screen.text("registers.search"), value=asked.get("q", ""), debounce=_PAUSE_MS,
            placeholder=screen.text("registers.search_hint"), className="search",
        ),
        dmc.Select(
            id="kind", label=kind_label(table, screen), data=kinds(asker, table), clearable=True,
            placeholder=every_kind, className="choice", **_OPENS_IN_PLACE,
        ),
        dmc.Select(
            id="town", label=screen.text("registers.town"), data=towns, clearable=True, searchable=True,
            placeholder=every_town, className="choice", **_OPENS_IN_PLACE,
        ),
        html.P(count, id="count", className="count number", role="status", **{"data-testid": "count"}),
    ]  # fmt: skip
    return html.Section(
        [_in_force(asker, version), html.Div(filters, className="filters"), _grid(screen, table, listed)],
        className="tables",
        **{"aria-label": screen.text("registers.table")},
    )


def _table_asked(asked: Mapping[str, str]) -> Table:
    """The table that the address asks for: that of the people where it asks about one."""
    name = asked.get("register", "people" if "person" in asked else TABLES[0])
    return next(table for table in TABLES if table == name)


def _grid(screen: Screen, table: Table, listed: list[dict[str, Cell]]) -> dag.AgGrid:
    return dag.AgGrid(
        id="table",
        columnDefs=columns(table, screen),
        rowData=listed,
        defaultColDef={"sortable": True, "resizable": True, "suppressMovable": True, "filter": False},
        dashGridOptions={
            "rowSelection": {"mode": "singleRow", "checkboxes": False, "enableClickSelection": True},
            "rowHeight": 30,
            "headerHeight": 32,
            "animateRows": False,
            "accentedSort": True,
            "tooltipShowDelay": 600,
            "enableCellTextSelection": True,
            "suppressCellFocus": False,
            "localeText": {"noRowsToShow": screen.text("registers.nothing_found")},
        },
        className="register-table",
        style={"height": "100%", "width": "100%"},
    )


def _in_force(asker: Asker, version: RegisterVersion) -> html.P:
    """Which registers these are, and when and by whom they were imported."""
    screen, directory = asker.screen, asker.services.desk.directory
    counts = {name: f"{count:,}" for name, count in version.counts.items()}
    at = version.imported_at.astimezone(asker.now.tzinfo).strftime("%Y-%m-%d %H:%M")
    key = "imported" if version.imported_by else "imported_nameless"
    idle = sum(not posts_of(directory, person, asker.now) for person in directory.persons)
    parts = [
        html.Span(screen.text("registers.in_force", version=version.version, **counts), className="version"),
        html.Span(screen.text(f"registers.{key}", at=at, by=version.imported_by), className="quiet"),
    ]
    if idle:
        parts.append(html.Span(screen.text("registers.not_listed", n=f"{idle:,}"), className="quiet"))
    return html.P(parts, className="in-force", **{"data-testid": "version"})


def _why(asker: Asker, asked: Mapping[str, str]) -> html.Section:
    screen, categories = asker.screen, asker.services.categories
    names = [
        {"value": code, "label": f"{code} {category_name(code, screen.language, categories)}"} for code in categories
    ]

    def typed(name: str) -> dmc.TextInput:
        return dmc.TextInput(
            id=name, label=screen.text(f"why.{name}"), placeholder=screen.text(f"why.{name}_hint"),
            value=asked.get(name, ""), debounce=_PAUSE_MS,
        )  # fmt: skip

    return html.Section(
        [
            html.H2(screen.text("why.title")),
            html.Div(
                [
                    typed("person"),
                    dmc.Select(
                        id="category", label=screen.text("why.category"), data=names, clearable=True, searchable=True,
                        placeholder=screen.text("why.category_hint"), value=asked.get("category"), limit=50,
                        **_OPENS_IN_PLACE,
                    ),
                    typed("grid"),
                    typed("moment"),
                ],
                className="question",
            ),
            html.Div(id="reason", role="status", className="reason", **{"data-testid": "reason"}),
        ],
        className="why",
        **{"aria-label": screen.text("why.title")},
    )  # fmt: skip


def _asker(asker: Asker) -> str:
    """Who asks, with the first post; "" for nobody in particular."""
    directory, person = asker.services.desk.directory, asker.scope.person
    posts = posts_of(directory, person, asker.now) if person else ()
    if not posts:
        return ""
    facts = {"name": directory.person(person).name, "place": posts[0].place_name}
    return asker.screen.text("office.asker", **facts, post=asker.screen.text(f"desk_post.{posts[0].duty.post}"))
