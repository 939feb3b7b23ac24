"""What of departments' grids lies outside the declared ones, or in two grids of one department: said, never lost."""

from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from geo.overlay_net import Net

# From here on a layer is hardly about this city.
_MOST = 0.5
# What two drawings of one border leave.
_LEAST_M2 = 1000.0


def outside_lines(summary: pd.DataFrame) -> list[str]:
    """A table, by department: its grids outside, wholly and in part, their area there, and what it holds twice.

    Parameters
    ----------
    summary
        As `Net.summary` gives it.
    """
    lines = [
        "What of the departments' grids lies in no declared grid, and what a department's own grids hold twice:",
        f"{'department':20} {'outside':>8} {'partly':>8} {'km2 outside':>12} {'km2 twice':>10}",
    ]
    rows: list[dict[Any, Any]] = summary.to_dict("records")
    lines += [
        f"{row['department']:20} {row['outside']:>8,} {row['partly_outside']:>8,} {row['outside_m2'] / 1e6:>12,.2f} "
        f"{row['overlap_m2'] / 1e6:>10,.2f}"
        for row in rows
    ]
    return lines


def warnings_of(net: "Net") -> list[str]:
    """Sentences on what a person should look at before the proposal is believed; empty where there is nothing."""
    found = []
    for at, department in enumerate(net.laid.departments):
        whole, outside = float(net.laid.grid_m2[at].sum()), float(net.laid.grid_outside_m2[at].sum())
        share = outside / whole if whole else 0.0
        if share > _MOST:
            found.append(
                f"{department}: {share:.0%} of its area ({outside / 1e6:,.2f} km2) lies outside the declared grids: "
                "another coordinate system, or another place?"
            )
        elif outside > _LEAST_M2:
            found.append(
                f"{department}: {outside / 1e6:,.2f} km2 of its grids ({share:.1%}) lie outside the declared ones, "
                "and are in no proposed grid"
            )
        twice = float(net.laid.overlap_m2[at])
        if twice > _LEAST_M2:
            found.append(
                f"{department}: its own grids overlap by {twice / 1e6:,.2f} km2; there the grid with the lower code "
                "counts"
            )
    return found
