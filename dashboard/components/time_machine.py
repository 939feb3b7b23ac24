"""The time machine: any moment of the past on the page, and the band that says so."""

from collections.abc import Iterable

from dash import html

from dashboard.components.screen import Screen

SPEEDS = (1, 60, 600, 3600)
SPANS_H = (24, 168, 720)
KNOWN = ("then", "now")


def time_machine(screen: Screen) -> html.Div:
    """Play, speed, slider, reach, moment and knowledge in one quiet line; the browser adds slider and field."""
    speeds = [(f"{one}×", str(one), screen.text("time_machine.speed_of", n=one)) for one in SPEEDS]
    spans = [(screen.text(f"time_machine.span_{one}"), str(one), "") for one in SPANS_H]
    known = [(screen.text(f"time_machine.{one}"), one, "") for one in KNOWN]
    return html.Div(
        [
            html.Button(
                html.I(className="play-mark", **{"aria-hidden": "true"}),
                id="time-play",
                className="play",
                title=screen.text("time_machine.play"),
                **{"data-time": "play", "data-testid": "time-play", "aria-label": screen.text("time_machine.play")},
            ),
            _choice("speed", screen.text("time_machine.speed"), speeds),
            html.Span(id="time-slider", className="time-slider"),
            _choice("span", screen.text("time_machine.span"), spans),
            html.Span(
                [html.Span(id="time-field"), html.Span(id="time-said", className="time-said", role="alert")],
                className="time-field",
            ),
            _choice("known", screen.text("time_machine.known"), known),
        ],
        id="time-machine",
        className="time-machine",
        role="group",
        **{"data-testid": "time-machine", "aria-label": screen.text("time_machine.label")},
    )


def band(screen: Screen) -> html.Div:
    """What lies over the map while the page shows a moment of the past: which one, and the way back."""
    return html.Div(
        [
            html.Strong(id="past-moment", role="status", **{"data-testid": "past-moment"}),
            html.Span(id="past-known", **{"data-testid": "past-known"}),
            html.Button(
                [screen.text("time_machine.live"), html.Kbd("L")],
                className="back",
                **{"data-time": "live", "data-testid": "back-to-live"},
            ),
        ],
        id="past-band",
        className="past-band",
    )


def _choice(name: str, label: str, options: Iterable[tuple[str, str, str]]) -> html.Div:
    buttons = [
        html.Button(
            words,
            title=hint or None,
            **{"data-time": name, "data-value": value, "aria-pressed": "false"},
        )
        for words, value, hint in options
    ]
    return html.Div(buttons, className=f"tabs time-{name}", role="group", **{"aria-label": label})
