"""Run the benchmarks and write what they found: `python -m benchmarks [NAME ...]`.

Every module here that has a `run() -> list[Table]` is a benchmark. With names, only these run, and are only printed.
What the document says of months, from `make soak`, is left as it is.
"""

import importlib
import os
import pkgutil
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import benchmarks

DOCUMENT = Path(__file__).parents[1] / "docs" / "performance.md"
MONTHS = "\n## Months"
PACKAGES = ("numpy", "numba", "shapely", "h3", "geopandas", "pyproj", "psycopg2-binary", "sedonadb", "duckdb")


def benchmark_names() -> list[str]:
    """Modules of this folder that have a `run`."""
    names = sorted(module.name for module in pkgutil.iter_modules(benchmarks.__path__) if module.name != "__main__")
    # The placing of points comes first, for the others build on it; how it grows second, because it says how much
    # memory the process has had so far.
    first = ("placing", "growth")
    return sorted(
        (name for name in names if hasattr(importlib.import_module(f"benchmarks.{name}"), "run")),
        key=lambda name: (first.index(name) if name in first else len(first), name),
    )


def machine() -> list[str]:
    """What the numbers were measured on."""
    model = next(
        (line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor() or platform.machine(),
    )
    memory = next(
        (int(line.split()[1]) / 2**20 for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0.0
    )
    versions = [f"{name} {metadata.version(name)}" for name in PACKAGES if _installed(name)]
    return [
        f"* Machine: {model}, {os.cpu_count()} processors, {memory:.0f} GiB of memory",
        f"* System: {platform.system()} {platform.release()}, Python {platform.python_version()}",
        f"* Packages: {', '.join(versions)}",
        f"* Load of the machine when it began: {os.getloadavg()[0]:.1f} of {os.cpu_count()} processors",
        f"* Measured: {datetime.now(UTC):%Y-%m-%d}",
    ]


def _lines(path: str) -> list[str]:
    file = Path(path)
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def months(document: str) -> str:
    """The part of a document that is not measured here; empty where it has none."""
    start = document.find(MONTHS)
    return document[start:] if start >= 0 else ""


def main(names: Sequence[str]) -> None:
    """Run benchmarks by name, or all of them and write the document."""
    known = benchmark_names()
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SystemExit(f"there is no benchmark {unknown[0]!r}: give some of {', '.join(known)}")
    facts = machine()
    sections = []
    for name in names or known:
        for table in importlib.import_module(f"benchmarks.{name}").run():
            print(table.markdown(), flush=True)
            sections.append(table.markdown())
    if not names:
        head = "# Performance\n\nWritten by `make bench`; best of several runs after a warm-up run.\n"
        kept = months(DOCUMENT.read_text(encoding="utf-8")) if DOCUMENT.exists() else ""
        DOCUMENT.write_text("\n".join([head, *facts, "", *sections]) + kept, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
