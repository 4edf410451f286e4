"""Summary of a benchmark's rounds: medians, ratios, tables and a plot."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Any

from contenders import CACHED_REFERENCE, CONTENDERS, REFERENCE

Result = dict[str, Any]
Summary = dict[str, dict[str, Any]]

OURS, PEERS = "#1b7837", "#9e9e9e"
TITLES = {False: "decoded each time", True: "decoded once, from the second epoch on"}


def summarize(rounds: list[dict[str, Result]]) -> Summary:
    """Take medians over the rounds; ratios are within a round, as a shared machine changes its speed."""
    summary = {}
    for name, contender in CONTENDERS.items():
        results = [results[name] for results in rounds if name in results]
        if not results:
            continue
        summary[name] = {
            "label": contender.label,
            "is_cached": contender.is_cached,
            "ratio": _ratio(rounds, name, REFERENCE),
            "ratio_of_cached": _ratio(rounds, name, CACHED_REFERENCE) if contender.is_cached else None,
            "rounds": results,
            **{key: _median([result[key] for result in results]) for key in results[0]},
        }
    return summary


def _ratio(rounds: list[dict[str, Result]], name: str, reference: str) -> float | None:
    return _median(
        [
            results[name]["samples_per_second"] / results[reference]["samples_per_second"]
            for results in rounds
            if name in results and reference in results
        ]
    )


def tables(summary: Summary) -> str:
    """Format the summary as Markdown tables: contenders that decode each time, and those with a cache."""
    return "\n\n".join(
        _table([row for row in summary.values() if row["is_cached"] == is_cached], is_cached)
        for is_cached in sorted({row["is_cached"] for row in summary.values()})
    )


def _table(rows: list[dict[str, Any]], is_cached: bool) -> str:
    of_cached = is_cached and any(row["ratio_of_cached"] is not None for row in rows)
    lines = [
        f"| {TITLES[is_cached]:<38} | samples/s | of processes |{' of memory |' if of_cached else ''}"
        " CPU per sample | first batch | worker's own memory |",
        f"|{'-' * 40}|----------:|-------------:|{'----------:|' if of_cached else ''}"
        "---------------:|------------:|--------------------:|",
    ]
    for row in rows:
        ratio_of_cached = f" {_cell(row['ratio_of_cached'], '.2f'):>9} |" if of_cached else ""
        lines.append(
            f"| {row['label']:<38} | {row['samples_per_second']:>9.0f} | {_cell(row['ratio'], '.2f'):>12} |"
            f"{ratio_of_cached} {_cell(row['cpu_milliseconds'], '.1f', ' ms'):>14} "
            f"| {row['first_batch_seconds']:>9.2f} s | {_cell(row['worker_megabytes'], '.0f', ' MB'):>19} |"
        )
    return "\n".join(lines)


def summarize_costs(rounds: list[dict[str, Any]]) -> Summary:
    """Take medians of the caches' costs, over rounds and repeats; ratios are of consecutive runs."""
    pairs: dict[str, list[tuple[Result, Result]]] = {}
    for costs in rounds:
        results = costs["results"]
        for kind in results.keys() - {"none"}:
            pairs.setdefault(kind, []).extend(zip(results[kind], results["none"], strict=True))
    return {
        kind: {
            "first_epoch_ratio": _median_of(pairs[kind], "first_epoch_seconds", lambda own, other: own / other),
            "first_epoch_cpu_ratio": _median_of(pairs[kind], "first_epoch_cpu_seconds", lambda own, other: own / other),
            "worker_megabytes": _median_of(pairs[kind], "private_megabytes", lambda own, other: own - other),
            "shared_megabytes": _median_of(pairs[kind], "shared_megabytes", lambda own, other: own - other),
            "decoded_megabytes": rounds[0]["decoded_megabytes"],
            "repeats": len(pairs[kind]),
        }
        for kind in sorted(pairs, reverse=True)
    }


def _median_of(pairs: list[tuple[Result, Result]], key: str, compare: Any) -> float | None:
    return _median(
        [compare(own[key], other[key]) for own, other in pairs if own[key] is not None and other[key] is not None]
    )


def describe_costs(summary: Summary) -> str:
    """Describe the cost of each cache, a line each."""
    lines = []
    for kind, costs in summary.items():
        line = f"\nCompared with none, a cache in {_LOCATIONS[kind]}: first epoch {costs['first_epoch_ratio'] - 1:+.1%}"
        if costs["first_epoch_cpu_ratio"] is not None:
            line += f" (CPU {costs['first_epoch_cpu_ratio'] - 1:+.1%})"
        if costs["shared_megabytes"] is not None and costs["worker_megabytes"] is not None:
            line += (
                f"; {costs['shared_megabytes']:.0f} MB of shared memory for {costs['decoded_megabytes']:.0f} MB of "
                f"decoded samples, and {costs['worker_megabytes']:+.1f} MB in each worker"
            )
        lines.append(f"{line}.\n")
    return "".join(lines)


_LOCATIONS = {"memory": "memory", "directory": "a directory"}


def plot(summary: Summary, title: str, path: Path) -> None:
    """Draw samples/s as horizontal bars into a PNG file, contenders with a cache above the others.

    Raises:
        ImportError: matplotlib is not installed.
    """
    from matplotlib.figure import Figure

    groups = [
        {name: row for name, row in summary.items() if row["is_cached"] == is_cached}
        for is_cached in sorted({row["is_cached"] for row in summary.values()}, reverse=True)
    ]
    figure = Figure(figsize=(8, 0.6 + 0.5 * len(groups) + 0.42 * len(summary)), layout="constrained")
    panels = figure.subplots(len(groups), sharex=True, squeeze=False, height_ratios=[len(group) for group in groups])
    for axes, group in zip(panels[:, 0], groups, strict=True):
        rows = sorted(group.items(), key=lambda item: item[1]["samples_per_second"])
        bars = axes.barh(
            [row["label"] for _, row in rows],
            [row["samples_per_second"] for _, row in rows],
            color=[OURS if CONTENDERS[name].is_ours else PEERS for name, _ in rows],
        )
        axes.bar_label(bars, fmt="%.0f", padding=4)
        axes.set_title(TITLES[rows[0][1]["is_cached"]], fontsize="medium", loc="left")
        axes.spines[["top", "right"]].set_visible(False)
        axes.margins(x=0.1)
    axes.set_xlabel("samples/s (median of rounds)")
    figure.suptitle(title, fontsize="medium")
    figure.savefig(path, dpi=150)


def _cell(value: float | None, form: str, unit: str = "") -> str:
    return "" if value is None else f"{value:{form}}{unit}"


def _median(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None
