"""The strip below: today's flow over the usual band, and the way to any other moment."""

from dash import dcc, html

from dashboard.components.screen import Screen
from dashboard.components.time_machine import time_machine
from layers import flow_figure


def flow(screen: Screen) -> html.Section:
    """The chart with its two-word key."""
    key = [
        html.Span([html.I(className="line actual"), screen.text("flow.actual")]),
        html.Span([html.I(className="line usual"), screen.text("flow.usual")]),
    ]
    return html.Section(
        [
            html.Div(
                [html.H2(screen.text("flow.title")), time_machine(screen), html.Span(key, className="key")],
                className="heading",
            ),
            html.Div(
                [
                    dcc.Graph(
                        id="flow",
                        figure=flow_figure(screen.palette),
                        config={"displayModeBar": False, "responsive": True, "staticPlot": True},
                        className="flow-graph",
                    ),
                    html.P(screen.text("page.loading"), id="flow-empty", className="empty"),
                ],
                className="flow-chart",
                **{"data-testid": "flow"},
            ),
        ],
        className="strip",
        **{"aria-label": screen.text("flow.title")},
    )
