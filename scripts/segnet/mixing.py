"""What mixing samples gains: trains with and without `CopyPaste` and `Mosaic`, and prints the mean IoU as a table.

python scripts/segnet/mixing.py --seeds 0 1 2 --output output/mixing
python scripts/segnet/mixing.py --seeds 0 1 -- --images train/images --masks train/masks --palette camvid

Each training is a run of `train_segnet.py`, which gets what follows `--`. Runs whose results are in the output folder
are not repeated.
"""

from __future__ import annotations

import argparse
import csv
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean

TRAIN = Path(__file__).parents[1] / "train_segnet.py"
SETTINGS = {
    "plain": [],
    "--copy-paste": ["--copy-paste"],
    "--mosaic": ["--mosaic"],
    "both": ["--copy-paste", "--mosaic"],
}
_RAREST = re.compile(r"mean IoU of the rarest classes \((.+)\): ([\d.]+|nan)")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the program with command-line arguments."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], metavar="N", help="seeds (default: 0 1 2)")
    parser.add_argument(
        "--output", type=Path, default=Path("output/mixing"), metavar="DIR", help="results (default: output/mixing)"
    )
    parser.add_argument("options", nargs="*", metavar="-- OPTIONS", help="options of train_segnet.py")
    options = parser.parse_args(arguments)
    options.output.mkdir(parents=True, exist_ok=True)
    for line in report(options.output, options.seeds, options.options):
        print(line, flush=True)


def report(output: Path, seeds: Sequence[int], options: Sequence[str]) -> Iterator[str]:
    """Train each setting with each seed, and yield the lines of a Markdown table."""
    yield f"| mean IoU, seeds {', '.join(map(str, seeds))} | rarest two classes | each seed | all classes | each seed |"
    yield "|---|---:|---|---:|---|"
    for name, words in SETTINGS.items():
        results = [train(output / f"{name.strip('-')}-{seed}", [*options, *words], seed) for seed in seeds]
        rarest, every = zip(*results, strict=True)
        yield f"| {name} | {' | '.join(f'{mean(found):.3f} | {shown(found)}' for found in (rarest, every))} |"


def train(folder: Path, options: Sequence[str], seed: int) -> tuple[float, float]:
    """Train once, unless it was done; return the mean IoU of the two rarest classes, and of all."""
    log = folder / "log.txt"
    if not log.exists():
        folder.mkdir(exist_ok=True)
        command = [sys.executable, str(TRAIN), *options, "--seed", str(seed), "--output", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
        log.write_text(done.stdout, encoding="utf-8")
    found = _RAREST.search(log.read_text(encoding="utf-8"))
    assert found is not None
    with (folder / "iou.csv").open(encoding="utf-8", newline="") as file:
        (every,) = (float(row["iou"]) for row in csv.DictReader(file) if row["class"] == "mean")
    return float(found[2]), every


def shown(values: Sequence[float]) -> str:
    """Write the values of the seeds."""
    return ", ".join(f"{value:.3f}" for value in values)


if __name__ == "__main__":
    main()
