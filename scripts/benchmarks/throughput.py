"""Samples per second and time to the first batch, of this package and of what else can feed Keras.

python scripts/benchmarks/throughput.py
python scripts/benchmarks/throughput.py --images train/images --masks train/masks --palette camvid --workers 4
python scripts/benchmarks/throughput.py --work large

Without data it generates those of the work. Peers that are not installed are skipped: `pip install -e ".[bench]"`
installs them all but DALI, which is large: `pip install -e ".[bench,dali]"`.
In every round each contender runs once, in its own process with a time limit; those with a cache are measured once it
is full. For caches of this package, the cost of the first epoch and memory are measured too. The results are
`benchmark.json` and `benchmark.png` in the output folder.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from contenders import CONTENDERS, REFERENCE, Contender
from job import Job
from pairs import write_pairs
from report import describe_costs, plot, summarize, summarize_costs, tables
from works import DEFAULT_WORK, WORKS

from seqaug.palette.coercion import as_palette
from seqaug.sources.discovery.pairing import pair_directories

MEASURE, MEASURE_CACHE = "measure.py", "measure_cache.py"
GENERATED_PALETTE = "camvid"
STARTING_SECONDS = 90  # for imports and starting workers, before a contender counts as hanging
SAMPLE_SECONDS = 0.2  # limit per sample, where all are decoded before the measurement
BUSY_LOAD = 0.5  # of other programs
SETTINGS = ("work", "workers", "batch_size", "crop", "rounds", "first_epochs", "seconds", "step_share")
PACKAGES = (
    "keras",
    "tensorflow",
    "albumentations",
    "opencv-python-headless",
    "numpy",
    "torch",
    "grain",
    "nvidia-dali-cuda120",
    "kornia-rs",
    "imagecodecs",
    "distributed",
    "ray",
)


def main() -> None:
    """Run the benchmark."""
    arguments = parse_arguments()
    arguments.output.mkdir(parents=True, exist_ok=True)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    if load is not None and load > BUSY_LOAD:
        print(
            f"the machine is busy (load {load:.1f}): samples/s depend on other programs, most of all for "
            "contenders that use all cores; CPU time per sample does not",
            file=sys.stderr,
        )
    with tempfile.TemporaryDirectory() as folder:
        data = choose_data(arguments, Path(folder))
        contenders = installed(arguments.only)
        rounds, costs, failures = run_rounds(contenders, data, arguments)

    summary, cost_summary = summarize(rounds), summarize_costs(costs)
    settings = {key: getattr(arguments, key) for key in SETTINGS}
    report = {
        "settings": {**settings, "samples": len(data["images"]), "generated": arguments.images is None},
        "machine": {
            "python": platform.python_version(),
            "system": platform.system(),
            "cores": os.cpu_count(),
            "load_before": load,
            "packages": {name: found for name in PACKAGES if (found := installed_version(name))},
        },
        "contenders": summary,
        "cache_costs": cost_summary,
        "failures": failures,
    }
    path = arguments.output / "benchmark.json"
    path.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")

    print(tables(summary))
    idle = summary.get(REFERENCE, {}).get("idle_share")
    if idle is not None:
        print(
            f"\nA simulated accelerator that consumes {arguments.step_share:.0%} of what the processes deliver "
            f"was idle {idle:.1%} of the time after the first batch."
        )
    print(describe_costs(cost_summary), end="")
    if summary:
        draw(summary, arguments, path.with_suffix(".png"))
    if failures:
        sys.exit(f"failed: {', '.join(failures)}")


def parse_arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=Path, metavar="DIR", help="folder of images (default: generated)")
    parser.add_argument("--masks", type=Path, metavar="DIR", help="folder of palette masks, with the same names")
    parser.add_argument("--palette", help="palette of the masks: built-in name or CSV file")
    parser.add_argument(
        "--work",
        choices=WORKS,
        default=DEFAULT_WORK,
        help="; ".join(f"{name}: {work.description}" for name, work in WORKS.items()) + " (%(default)s)",
    )
    parser.add_argument("--workers", type=int, default=2, help="threads or processes of each contender (%(default)s)")
    parser.add_argument("--batch-size", type=int, default=16, help="samples per batch (%(default)s)")
    parser.add_argument("--crop", type=int, help="height and width of a sample (default: the work's)")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each contender (%(default)s)")
    parser.add_argument(
        "--first-epochs", type=int, default=3, help="timed first epochs of each cache per round (%(default)s)"
    )
    parser.add_argument("--seconds", type=float, default=4, help="seconds to measure, after a warm-up (%(default)s)")
    parser.add_argument("--output", type=Path, default=Path("output"), metavar="DIR", help="results (%(default)s)")
    parser.add_argument(
        "--only", nargs="+", choices=CONTENDERS, metavar="NAME", help=f"some of: {', '.join(CONTENDERS)}"
    )
    parser.add_argument(
        "--step-share",
        type=float,
        default=0.8,
        help="share of the processes' throughput that the simulated accelerator consumes (%(default)s)",
    )
    arguments = parser.parse_args()
    if len({value is None for value in (arguments.images, arguments.masks, arguments.palette)}) > 1:
        parser.error("--images, --masks and --palette go together")
    if arguments.images is not None and arguments.work != DEFAULT_WORK:
        parser.error(f"--work {arguments.work} generates its pairs; expected no --images")
    work = WORKS[arguments.work]
    if arguments.crop is None:
        arguments.crop = work.crop
    arguments.only = arguments.only or [name for name, one in CONTENDERS.items() if arguments.work in one.works]
    for name in SETTINGS[1:]:
        if getattr(arguments, name) <= 0:
            parser.error(f"--{name.replace('_', '-')} is {getattr(arguments, name)}; expected more than 0")
    return arguments


def choose_data(arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Find the pairs, or generate some in a folder; return the data fields of a `Job`."""
    images, masks, name = arguments.images, arguments.masks, arguments.palette or GENERATED_PALETTE
    palette = as_palette(name)
    if images is None:
        work = WORKS[arguments.work]
        images, masks = write_pairs(
            folder, palette, work.pairs, height=work.height, width=work.width, image_suffix=work.image_suffix
        )
    image_paths, mask_paths = pair_directories(images, masks)
    return {
        "image_folder": str(images),
        "mask_folder": str(masks),
        "images": image_paths,
        "masks": mask_paths,
        "palette": name,
        "colors": palette.colors.tolist(),
        "folder": str(folder),
    }


def installed(names: list[str]) -> dict[str, Contender]:
    """Select the contenders that are installed, and print what the others need."""
    chosen = {}
    for name in names:
        if missing := CONTENDERS[name].missing():
            print(f"{name}: skipped; to include it: pip install {' '.join(missing)}", file=sys.stderr)
        else:
            chosen[name] = CONTENDERS[name]
    return chosen


def run_rounds(
    contenders: dict[str, Contender], data: dict[str, Any], arguments: argparse.Namespace
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], dict[str, list[str]]]:
    """Run all contenders in turn, several times.

    Returns:
        Results by name for each round, costs of our caches for each round, and failures by name.
    """
    common = {key: getattr(arguments, key) for key in ("batch_size", "crop", "workers", "seconds")} | data
    caches = [one.options["cache"] for one in contenders.values() if one.is_ours and one.is_cached]
    rounds: list[dict[str, Any]] = []
    costs: list[dict[str, Any]] = []
    failures: dict[str, list[str]] = {}

    def attempt(name: str, job: Job, program: str) -> dict[str, Any] | None:
        print(f"round {len(rounds) + 1} of {arguments.rounds}, {name}:", end=" ", flush=True, file=sys.stderr)
        try:
            result = run(job, program)
        except MeasurementError as error:
            failures.setdefault(name, []).append(str(error))
            print(f"failed: {error}", file=sys.stderr)
            return None
        print(f"{result['samples_per_second']:.0f} samples/s" if name in contenders else "done", file=sys.stderr)
        return result

    for _ in range(arguments.rounds):
        results = {}
        for name, contender in contenders.items():
            share = arguments.step_share if name == REFERENCE else None
            job = Job(contender.module, contender.options, is_cached=contender.is_cached, step_share=share, **common)
            if result := attempt(name, job, MEASURE):
                results[name] = result
        if caches and arguments.work == DEFAULT_WORK:
            options = {"engine": "processes", "caches": caches, "repeats": arguments.first_epochs}
            job = Job("sequence", options, is_cached=True, **common)
            if result := attempt("costs of the cache", job, MEASURE_CACHE):
                costs.append(result)
        rounds.append(results)
    return rounds, costs, failures


class MeasurementError(Exception):
    """A contender returned no result."""


def run(job: Job, program: str = MEASURE) -> dict[str, Any]:
    """Measure in a fresh process, and kill whatever it leaves behind.

    Raises:
        MeasurementError: it failed, or exceeded the time limit.
    """
    # Contenders with a cache decode all samples once; costs of caches, once per first epoch.
    passes = job.is_cached * job.options.get("repeats", 1) * (1 + len(job.options.get("caches", ())))
    limit = STARTING_SECONDS + 5 * job.seconds + SAMPLE_SECONDS * len(job.images) * passes
    with subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name(program))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Keep batches off GPUs, and Albumentations from asking the network for its version.
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "", "NO_ALBUMENTATIONS_UPDATE": "1"},
        start_new_session=True,  # a process group with its workers, to kill as a whole
    ) as process:
        try:
            output, errors = process.communicate(json.dumps(asdict(job)), timeout=limit)
        except subprocess.TimeoutExpired:
            raise MeasurementError(f"no result within {limit:.0f} s") from None
        finally:
            end_group(process)
    if process.returncode:
        last = errors.strip().splitlines()[-1:] or [f"exit status {process.returncode}"]
        raise MeasurementError(last[0])
    return json.loads(output.splitlines()[-1])


def end_group(process: subprocess.Popen[str]) -> None:
    """Kill a process and its remaining workers."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError):  # all have exited
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


def installed_version(package: str) -> str | None:
    """Return the installed version of a package."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def draw(summary: dict[str, Any], arguments: argparse.Namespace, path: Path) -> None:
    """Draw the plot, if matplotlib is installed."""
    size = f"{arguments.batch_size}x{arguments.crop}x{arguments.crop}"
    try:
        plot(summary, f"{size} batches, {arguments.workers} workers", path)
    except ImportError:
        print("no plot without matplotlib: pip install matplotlib", file=sys.stderr)


if __name__ == "__main__":
    main()
