"""A proposed net as files: grids to import or to open in a GIS, tables for a spreadsheet, the report."""

from pathlib import Path

from geo.overlay_net import Net, report

FILES = ("grids.geojson", "declared.geojson", "fates.csv", "pairs.csv", "summary.csv", "report.txt")


def write_net(net: Net, folder: Path | str) -> list[Path]:
    """Write ``grids.geojson``, ``declared.geojson``, ``fates.csv``, ``pairs.csv``, ``summary.csv`` and ``report.txt``.

    Files of these names in the folder are written over; the folder is made where there is none. The tables are UTF-8
    with the mark by which spreadsheets know it. Returns the paths, in this order.
    """
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, frame in (("grids", net.grids), ("declared", net.declared)):
        path = target / f"{name}.geojson"
        path.write_text(frame.to_json(drop_id=True, ensure_ascii=False), encoding="utf-8")
        paths.append(path)
    for name, table in (("fates", net.fates), ("pairs", net.pairs), ("summary", net.summary())):
        path = target / f"{name}.csv"
        table.round(1).to_csv(path, index=False, encoding="utf-8-sig")
        paths.append(path)
    paths.append(target / "report.txt")
    paths[-1].write_text(report(net) + "\n", encoding="utf-8")
    return paths
