"""Today's flow over the usual band."""

from typing import Any

import plotly.graph_objects as go

from layers.palette import Palette


def flow_figure(palette: Palette) -> go.Figure:
    """An empty chart of 24 hours; the browser fills traces `usual_lo`, `usual_hi`, `usual` and `actual` by `name`."""
    quiet: dict[str, Any] = {"mode": "lines", "hoverinfo": "skip", "showlegend": False}
    figure = go.Figure(
        [
            go.Scatter(name="usual_lo", line={"width": 0}, **quiet),
            go.Scatter(name="usual_hi", line={"width": 0}, fill="tonexty", fillcolor=palette.band, **quiet),
            go.Scatter(name="usual", line={"width": 1, "color": palette.faint, "dash": "dot"}, **quiet),
            go.Scatter(name="actual", line={"width": 2.5, "color": palette.text}, **quiet | {"hoverinfo": "y"}),
        ]
    )
    axis = {"showgrid": False, "zeroline": False, "fixedrange": True, "tickfont": {"color": palette.quiet}}
    figure.update_layout(
        template=None,
        autosize=True,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        margin={"l": 0, "r": 0, "t": 4, "b": 24, "pad": 0},
        showlegend=False,
        hovermode=False,
        xaxis=axis | {"range": [0, 24], "tickvals": list(range(0, 25, 3)), "color": palette.hairline},
        yaxis=axis
        | {"showgrid": True, "gridcolor": palette.hairline, "color": palette.hairline, "rangemode": "tozero"},
    )
    return figure
