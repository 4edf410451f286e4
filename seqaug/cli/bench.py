"""`seqaug bench`: how fast the input is, what bounds it, and what to change."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from seqaug.cli.options import Commands, console, new_table
from seqaug.cli.pairs import add_pairs, builder_of
from seqaug.utils.cores import available_cores
from seqaug.utils.validation import described_bytes, positive_number, whole_number

if TYPE_CHECKING:
    from seqaug.profiling.recommendations import Verdict
    from seqaug.profiling.results import Findings

# A model that waits for a smaller share of the time is as good as never kept waiting.
_WAITS = 0.01


def add_bench(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "bench",
        help="measure how fast batches are, what bounds that, and what to change",
        description=(
            "Measure samples a second with several kinds and numbers of workers, and the time of each stage; try the "
            "settings that may help, and say which one to change next. Exit status 1: the model will wait for batches."
        ),
        epilog="example: seqaug bench data/train/images data/train/masks --palette data/palette.csv --ignore Void "
        "--transform training:transform --step-ms 40",
    )
    add_pairs(parser)
    parser.add_argument("--batch-size", type=int, default=8, metavar="B", help="samples in a batch (8)")
    parser.add_argument("--workers", type=int, metavar="N", help="the most workers to try (the processor's cores)")
    model = parser.add_mutually_exclusive_group()
    model.add_argument("--step-ms", type=float, metavar="X", help="milliseconds that the model takes for a batch")
    model.add_argument("--samples-per-second", type=float, metavar="Y", help="samples that the model takes a second")
    parser.add_argument("--seconds", type=float, default=30, metavar="S", help="how long to measure, about (30)")
    parser.add_argument("--json", action="store_true", help="print it as JSON")
    parser.set_defaults(run=_run, parser=parser)


def _run(chosen: argparse.Namespace) -> int:
    from seqaug.profiling.profiler import examine
    from seqaug.profiling.recommendations import judge

    batch_size = whole_number("--batch-size", chosen.batch_size, 1)
    needed = None
    if chosen.step_ms is not None:
        needed = batch_size * 1000 / positive_number("--step-ms", chosen.step_ms)
    elif chosen.samples_per_second is not None:
        needed = positive_number("--samples-per-second", chosen.samples_per_second)
    workers = available_cores() if chosen.workers is None else whole_number("--workers", chosen.workers, 0)
    findings = examine(
        builder_of(chosen),
        batch_size=batch_size,
        most_workers=workers,
        seconds=positive_number("--seconds", chosen.seconds),
    )
    verdict = judge(findings, needed)
    if chosen.json:
        print(json.dumps(_as_dict(findings, verdict)))
    else:
        _print(findings, verdict)
    return 1 if verdict.waits is not None and verdict.waits > _WAITS else 0


def _print(findings: Findings, verdict: Verdict) -> None:
    printer = console()
    of_all = "" if findings.tried_samples == findings.num_samples else f" of {findings.num_samples:,}"
    printer.print(f"{findings.tried_samples:,}{of_all} samples, batches of {findings.batch_size}")

    total = sum(findings.stages.values())
    stages = new_table(["stage", "ms a sample", "share"])
    for name, milliseconds in findings.stages.items():
        stages.add_row(name, f"{milliseconds:.2f}", f"{milliseconds / total:.0%}")
    stages.add_row("in all", f"{total:.2f}", "")
    paces = new_table(["workers", "samples/s", "first batch"])
    for setting, pace in findings.paces.items():
        paces.add_row(setting.workforce, f"{pace.samples_per_second:.0f}", f"{pace.first_batch_seconds:.2f} s")
    trials = new_table([f"{findings.best.workforce}, and", "samples/s", "gain"])
    for trial in findings.trials:
        changed = trial.setting
        name = 'cache="memory"' if changed.cache else "rescale=None" if changed.uint8 else f"without {changed.without}"
        trials.add_row(name, f"{trial.pace.samples_per_second:.0f}", f"{trial.gain:.2f}")
    for table in (stages, paces, trials):
        printer.print()
        printer.print(table)
    memory = findings.memory
    worker = "" if memory.worker is None else f", a worker process {described_bytes(memory.worker)} of its own"
    printer.print(
        f"\nMemory: a batch {described_bytes(memory.batch)}{worker}, all samples decoded "
        f"{described_bytes(memory.cache)}, free {described_bytes(memory.free)}\n",
        soft_wrap=True,
    )
    for sentence in verdict.sentences:
        printer.print(sentence)


def _as_dict(findings: Findings, verdict: Verdict) -> dict[str, Any]:
    return {
        "num_samples": findings.num_samples,
        "tried_samples": findings.tried_samples,
        "batch_size": findings.batch_size,
        "stages_ms": findings.stages,
        "transforms": findings.transforms,
        "workers": [{**setting._asdict(), **pace._asdict()} for setting, pace in findings.paces.items()],
        "best": findings.best._asdict(),
        "trials": [
            {**trial.setting._asdict(), **trial.pace._asdict(), "gain": trial.gain} for trial in findings.trials
        ],
        "memory": findings.memory._asdict(),
        "verdict": verdict._asdict(),
    }
