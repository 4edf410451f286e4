"""`seqaug bench`: throughput of the input pipeline, its bottleneck, and what to change."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from seqaug.cli.options import Commands
from seqaug.cli.output import new_console, new_table
from seqaug.cli.samples import add_samples, samples_from
from seqaug.utils.system import available_cores
from seqaug.utils.validation import format_bytes, positive_number, whole_number

if TYPE_CHECKING:
    from seqaug.profiling.recommendations import Recommendation
    from seqaug.profiling.results import ProfileResults

_BATCH_SIZE = 8
# A model that waits for a smaller share of its time counts as never waiting.
_NEGLIGIBLE_WAIT = 0.01


def add_bench(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "bench",
        help="measure throughput, find the bottleneck and say what to change",
        description=(
            "Measure samples per second with threads and processes, and the time of each stage; try the settings that "
            "may help, and recommend which one to change next. Exit status 1: the model will wait for batches."
        ),
        epilog="example: seqaug bench data/train/images data/train/masks --palette data/palette.csv --ignore Void "
        "--transform training:transform --step-ms 40",
    )
    add_samples(parser)
    parser.add_argument("--batch-size", type=int, metavar="B", help="samples per batch (8, or the config's)")
    parser.add_argument("--workers", type=int, metavar="N", help="largest number of workers to try (all cores)")
    model = parser.add_mutually_exclusive_group()
    model.add_argument("--step-ms", type=float, metavar="X", help="milliseconds that the model takes per batch")
    model.add_argument(
        "--samples-per-second", type=float, metavar="Y", help="samples that the model consumes per second"
    )
    parser.add_argument("--seconds", type=float, default=30, metavar="S", help="approximate duration (30)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=_run, parser=parser)


def _run(args: argparse.Namespace) -> int:
    from seqaug.profiling.profiler import profile
    from seqaug.profiling.recommendations import recommend

    batch_size = None if args.batch_size is None else whole_number("--batch-size", args.batch_size, 1)
    step_ms = None if args.step_ms is None else positive_number("--step-ms", args.step_ms)
    seconds = positive_number("--seconds", args.seconds)
    workers = available_cores() if args.workers is None else whole_number("--workers", args.workers, 0)
    required = None
    if args.samples_per_second is not None:
        required = positive_number("--samples-per-second", args.samples_per_second)
    samples = samples_from(args)
    batch_size = batch_size or samples.batch_size or _BATCH_SIZE
    if step_ms is not None:
        required = batch_size * 1000 / step_ms
    results = profile(samples.source, samples.builder, batch_size=batch_size, max_workers=workers, seconds=seconds)
    recommendation = recommend(results, required)
    if args.json:
        print(json.dumps(_as_dict(results, recommendation)))
    else:
        _print(results, recommendation)
    return 1 if recommendation.wait_fraction is not None and recommendation.wait_fraction > _NEGLIGIBLE_WAIT else 0


def _print(results: ProfileResults, recommendation: Recommendation) -> None:
    printer = new_console()
    of_all = "" if results.measured_samples == results.num_samples else f" of {results.num_samples:,}"
    printer.print(f"{results.measured_samples:,}{of_all} samples, batches of {results.batch_size}")

    total = sum(results.stages.values())
    stages = new_table(["stage", "ms/sample", "share"])
    for name, milliseconds in results.stages.items():
        stages.add_row(name, f"{milliseconds:.2f}", f"{milliseconds / total:.0%}")
    stages.add_row("total", f"{total:.2f}", "")
    workers = new_table(["workers", "samples/s", "first batch"])
    for setting, measured in results.throughput.items():
        rate, first = f"{measured.samples_per_second:.0f}", f"{measured.first_batch_seconds:.2f} s"
        workers.add_row(setting.label, rate, first)
    trials = new_table([f"{results.best.label} and", "samples/s", "speedup"])
    for trial in results.trials:
        changed = trial.setting
        name = 'cache="memory"' if changed.cache else "rescale=None" if changed.uint8 else f"without {changed.without}"
        trials.add_row(name, f"{trial.throughput.samples_per_second:.0f}", f"{trial.speedup:.2f}")
    for table in (stages, workers, trials):
        printer.print()
        printer.print(table)
    memory = results.memory
    worker = "" if memory.worker is None else f", a worker process {format_bytes(memory.worker)}"
    printer.print(
        f"\nMemory: a batch {format_bytes(memory.batch)}{worker}, all samples decoded "
        f"{format_bytes(memory.cache)}, free {format_bytes(memory.free)}",
        soft_wrap=True,
    )
    threads, others = results.png_decoders["threads"], results.png_decoders["others"]
    in_threads = "" if threads == others else f", in threads {threads}"
    printer.print(f"PNG decoder: {others}{in_threads}\n", soft_wrap=True)
    for sentence in recommendation.sentences:
        printer.print(sentence)


def _as_dict(results: ProfileResults, recommendation: Recommendation) -> dict[str, Any]:
    return {
        "num_samples": results.num_samples,
        "measured_samples": results.measured_samples,
        "batch_size": results.batch_size,
        "stages_ms": results.stages,
        "transforms": results.transforms,
        "workers": [{**setting._asdict(), **measured._asdict()} for setting, measured in results.throughput.items()],
        "best": results.best._asdict(),
        "trials": [
            {**trial.setting._asdict(), **trial.throughput._asdict(), "speedup": trial.speedup}
            for trial in results.trials
        ],
        "memory": results.memory._asdict(),
        "png_decoders": results.png_decoders,
        "recommendation": recommendation._asdict(),
    }
