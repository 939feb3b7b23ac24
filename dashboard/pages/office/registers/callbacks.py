"""The page's callbacks: its content, rows as they are asked for, and the reason. Each knows who asks."""

import unicodedata
from datetime import datetime
from typing import Any

from dash import Dash, Input, Output, html

from dashboard.components.screen import Screen
from dashboard.components.skip import MAIN
from dashboard.pages.office.asking import Asker, for_asker, sentence_of, typed
from dashboard.pages.office.registers import page
from dashboard.pages.office.registers.rows import TABLES, Filters, Table
from dashboard.questions.times import aware
from dashboard.words.alerts import category_name
from data.errors import CommandCenterError, QueryInvalid
from data.registers.naming import grid_named, person_named
from data.registers.reasons import reasons_for
from data.registers.tables import RegisterVersion, list_versions

Text = str | None


def _refused_page(screen: Screen, error: CommandCenterError) -> Any:
    """The page where nothing may be seen."""
    return html.Main(html.P(sentence_of(screen, error), role="alert"), id=MAIN, tabIndex=-1, className="office-refused")


def _refused_rows(screen: Screen, error: CommandCenterError) -> Any:
    return [], sentence_of(screen, error)


def _refused_columns(_screen: Screen, _error: CommandCenterError) -> Any:
    return [], [], None, ""


def _refused_reason(screen: Screen, error: CommandCenterError) -> Any:
    return html.P(sentence_of(screen, error), className="why-refused")


def register(app: Dash) -> None:
    """Register the callbacks with the office's app."""

    @app.callback(Output("registers-page", "children"), Input("registers-asked", "data"))  # type: ignore[untyped-decorator]
    @for_asker(_refused_page)
    def content(asker: Asker, /, asked: dict[str, str]) -> Any:
        unknown = [name for name in asked if name not in page.PARAMETERS]
        if unknown:
            raise QueryInvalid(f"the page has no parameter {unknown[0][:100]!r}", value=unknown[0][:100])
        texts = {name: typed(name, value) for name, value in asked.items()}
        if "register" in texts:
            _table(texts["register"])
        return page.page(asker, _version_in_force(asker), texts)

    @app.callback(  # type: ignore[untyped-decorator]
        Output("table", "columnDefs"),
        Output("kind", "data"),
        Output("kind", "value"),
        Output("kind", "label"),
        Input("register", "value"),
        prevent_initial_call=True,
    )
    @for_asker(_refused_columns)
    def columns(asker: Asker, /, chosen: Text) -> Any:
        table = _table(chosen)
        return page.columns(table, asker.screen), page.kinds(asker, table), None, page.kind_label(table, asker.screen)

    @app.callback(  # type: ignore[untyped-decorator]
        Output("table", "rowData"),
        Output("count", "children"),
        Input("register", "value"),
        Input("search", "value"),
        Input("kind", "value"),
        Input("town", "value"),
        prevent_initial_call=True,
    )
    @for_asker(_refused_rows)
    def rows(asker: Asker, /, table: Text, search: Text, kind: Text, town: Text) -> Any:
        filters = Filters(typed("search", search), typed("kind", kind), typed("town", town))
        return page.rows(asker, _table(table), filters)

    @app.callback(  # type: ignore[untyped-decorator]
        Output("person", "value"), Input("table", "selectedRows"), prevent_initial_call=True
    )
    async def person(selected: Any) -> Any:
        chosen = selected if isinstance(selected, list) else []
        named = (row["person"] for row in chosen if isinstance(row, dict) and isinstance(row.get("person"), str))
        return next(named, page.UNCHANGED)

    @app.callback(  # type: ignore[untyped-decorator]
        Output("reason", "children"),
        Input("person", "value"),
        Input("category", "value"),
        Input("grid", "value"),
        Input("moment", "value"),
    )
    @for_asker(_refused_reason)
    def reason(asker: Asker, /, person: Text, category: Text, grid: Text, moment: Text) -> Any:
        asked = {"person": person, "category": category, "grid": grid, "moment": moment}
        return _reason(asker, **{name: typed(name, value) for name, value in asked.items()})


def _table(name: Text) -> Table:
    for table in TABLES:
        if table == name:
            return table
    raise QueryInvalid(
        f"there is no table {str(name)[:100]!r}: choose one of {', '.join(TABLES)}", value=str(name)[:100]
    )


def _reason(asker: Asker, person: str, category: str, grid: str, moment: str) -> Any:
    directory, screen = asker.services.desk.directory, asker.screen
    at = _moment(moment, asker.now)
    place = grid_named(asker.services.edition.system, grid).id if grid.strip() else ""
    categories = asker.services.categories
    if category and category not in categories:
        raise QueryInvalid(f"there is no category {category[:100]!r}", category=category[:100])
    if not person.strip():
        return html.P(screen.text("why.ask"), className="quiet")
    found_person = person_named(directory, person)
    answer = reasons_for(directory, found_person.id, at, category=category, grid_id=place)
    name = category_name(category, screen.language, categories) if category else ""
    return page.answer(answer, name, directory, screen)


def _moment(text: str, now: datetime) -> datetime:
    """The moment somebody typed, in the city's zone where it says none; now where nothing was typed."""
    typed = unicodedata.normalize("NFKC", text).strip()
    if not typed:
        return now
    assert now.tzinfo is not None  # noqa: S101  # the clock is aware, told to the type checker
    try:
        return aware(datetime.fromisoformat(typed), now.tzinfo).astimezone(now.tzinfo)
    except ValueError as error:
        raise QueryInvalid(
            f"{typed[:100]!r} is no moment: write it like 2026-12-01 09:30", moment=typed[:100]
        ) from error


def _version_in_force(asker: Asker) -> RegisterVersion | None:
    version = asker.services.desk.directory.version
    if version == 0:
        return None
    return next((one for one in list_versions(asker.services.store) if one.version == version), None)
