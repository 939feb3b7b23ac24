"""The crosswalk between two editions as text for people and as CSV for tables."""

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from geo.crosswalk import SLIVER_M2, kind_counts, sliver_width

# Longer lists are for the CSV file.
MOST_LINES = 200
_QUIET = ("same", "sliver")


def crosswalk_text(
    frame: pd.DataFrame,
    old_name: str,
    new_name: str,
    *,
    sliver_m2: float = SLIVER_M2,
    sliver_m: float | None = None,
    most_lines: int = MOST_LINES,
) -> str:
    """The crosswalk in words: how many of each kind on each level, then every change.

    Parameters
    ----------
    frame
        As `crosswalk` gives it, with the same `sliver_m2` and `sliver_m`.
    old_name, new_name
        Names of the editions.
    most_lines
        So many changes are listed for each level, the largest first; how many more there are is said.
    """
    lines = [f"{old_name} -> {new_name}"]
    width = sliver_width(sliver_m2) if sliver_m is None else sliver_m
    for level, counts in kind_counts(frame).items():
        rows = frame[frame["level"] == level]
        told = ", ".join(f"{count} {kind}" for kind, count in counts.items() if kind != "sliver")
        lines.append(f"level {level}: {told or 'no grids'}{_slivers(rows, sliver_m2, width)}")
        changed = rows[~rows["kind"].isin(_QUIET) | (rows["parent_changed"] & (rows["kind"] != "sliver"))]
        if changed.empty:
            lines.append("  nothing changed")
        largest = changed["area_m2"].nlargest(most_lines).index
        listed = changed[changed.index.isin(largest)]
        lines += [f"  {_line(row)}" for row in listed.to_dict("records")]
        if len(changed) > len(listed):
            lines.append(f"  and {len(changed) - len(listed)} more, smaller ones: see the CSV file")
    return "\n".join(lines)


def crosswalk_csv(frame: pd.DataFrame) -> str:
    """All rows of the crosswalk as CSV: areas to a hundredth of a square metre, shares to a millionth."""
    table = frame.assign(
        area_m2=frame["area_m2"].round(2), share_old=frame["share_old"].round(6), share_new=frame["share_new"].round(6)
    )
    return str(table.to_csv(index=False, lineterminator="\n"))


def _slivers(rows: pd.DataFrame, sliver_m2: float, sliver_m: float) -> str:
    slivers = rows[rows["kind"] == "sliver"]
    if slivers.empty:
        return ""
    limits = f"below {sliver_m2:,.0f} m2 or narrower than {sliver_m:g} m"
    return f"; {len(slivers)} parts {limits} passed over, {slivers['area_m2'].sum():,.0f} m2 together"


def _line(row: Mapping[Hashable, Any]) -> str:
    shares = [
        f"{share:.1%} of the {side}"
        for side, share in (("old", row["share_old"]), ("new", row["share_new"]))
        if not pd.isna(share)
    ]
    parts = [f"{row['area_m2']:,.0f} m2", *shares]
    if not pd.isna(row["incidents"]):
        parts.append(f"{row['incidents']} incidents")
    if row["parent_changed"]:
        parts.append(f"parent {row['old_parent']} -> {row['new_parent']}")
    return f"{row['kind']}: {_grid(row, 'old')} -> {_grid(row, 'new')} ({', '.join(parts)})"


def _grid(row: Mapping[Hashable, Any], side: str) -> str:
    code = row[f"{side}_code"]
    return "(none)" if pd.isna(code) else f"{code} {row[f'{side}_name']}"
