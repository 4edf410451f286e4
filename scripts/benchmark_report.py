"""What the rounds of a benchmark come to: medians, ratios, a table and a plot."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Any

from benchmark_contenders import CONTENDERS, REFERENCE

Result = dict[str, Any]

OURS, PEERS = "#1b7837", "#9e9e9e"


def summarize(rounds: list[dict[str, Result]]) -> dict[str, dict[str, Any]]:
    """Take medians over the rounds; ratios are of the same round, for a machine that others use changes its speed."""
    summary = {}
    for name in CONTENDERS:
        results = [results[name] for results in rounds if name in results]
        if not results:
            continue
        ratios = [
            results[name]["samples_per_second"] / results[REFERENCE]["samples_per_second"]
            for results in rounds
            if name in results and REFERENCE in results
        ]
        summary[name] = {
            "label": CONTENDERS[name].label,
            "ratio": median(ratios) if ratios else None,
            "rounds": results,
            **{key: _median([result[key] for result in results]) for key in results[0]},
        }
    return summary


def table(summary: dict[str, dict[str, Any]]) -> str:
    """Draw the summary as a Markdown table."""
    lines = [
        f"| {'':<26} | samples/s | of processes | CPU per sample | first batch | worker's own memory |",
        f"|{'-' * 28}|----------:|-------------:|---------------:|------------:|--------------------:|",
    ]
    lines.extend(
        f"| {row['label']:<26} | {row['samples_per_second']:>9.0f} | {_cell(row['ratio'], '.2f'):>12} "
        f"| {_cell(row['cpu_milliseconds'], '.1f', ' ms'):>14} | {row['first_batch_seconds']:>9.2f} s "
        f"| {_cell(row['worker_megabytes'], '.0f', ' MB'):>19} |"
        for row in summary.values()
    )
    return "\n".join(lines)


def plot(summary: dict[str, dict[str, Any]], title: str, path: Path) -> None:
    """Draw samples/s as horizontal bars into a PNG file.

    Raises:
        ImportError: matplotlib is not installed.
    """
    from matplotlib.figure import Figure

    rows = sorted(summary.items(), key=lambda item: item[1]["samples_per_second"])
    figure = Figure(figsize=(8, 0.9 + 0.42 * len(rows)), layout="constrained")
    axes = figure.subplots()
    bars = axes.barh(
        [row["label"] for _, row in rows],
        [row["samples_per_second"] for _, row in rows],
        color=[OURS if CONTENDERS[name].is_ours else PEERS for name, _ in rows],
    )
    axes.bar_label(bars, fmt="%.0f", padding=4)
    axes.set_xlabel("samples/s (median of rounds)")
    axes.set_title(title, fontsize="medium")
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(x=0.1)
    figure.savefig(path, dpi=150)


def _cell(value: float | None, form: str, unit: str = "") -> str:
    return "" if value is None else f"{value:{form}}{unit}"


def _median(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None
