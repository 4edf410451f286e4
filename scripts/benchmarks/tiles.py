"""Windows of large images per second: of this package, and of rasterio in torch's DataLoader, as torchgeo reads.

python scripts/benchmarks/tiles.py
python scripts/benchmarks/tiles.py --size 8192 --files 8 --tile 256

Draws large images with masks of class ids, and stores each as a TIFF in tiles, a TIFF in strips and a PNG. All read
the same windows, in shuffled order, in worker processes: images as float32 in 0..1, and ids. In every round each
contender runs once, in its own process. Prints medians of samples/s and, within a round, ratios to torch's DataLoader
on the TIFF in tiles. Needs the extras `bench` and `geo`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import cv2
import numpy as np
import rasterio
from job import Job
from pairs import write_pairs

from seqaug import Palette
from seqaug.demo.classes import CLASSES

STARTING_SECONDS = 120  # for imports, starting workers and filling the cache
TIFF_OPTIONS = {
    "tiled": {"tiled": True, "blockxsize": 256, "blockysize": 256},
    "strips": {},
}


class Contender(NamedTuple):
    """A way to read windows.

    Attributes:
        label: its line in the table.
        module: that measures it, see `job.Job`.
        files: kind of files that it reads.
        cache: of this package.
    """

    label: str
    module: str
    files: str
    cache: str | None = None


REFERENCE = "torch_tiled"
CONTENDERS = {
    REFERENCE: Contender("rasterio in torch's DataLoader, TIFF in tiles", "tiles_torch", "tiled"),
    "torch_strips": Contender("rasterio in torch's DataLoader, TIFF in strips", "tiles_torch", "strips"),
    "torch_png": Contender("rasterio in torch's DataLoader, PNG", "tiles_torch", "png"),
    "seqaug_tiled": Contender("seqaug, TIFF in tiles", "tiles_sequence", "tiled"),
    "seqaug_strips": Contender("seqaug, TIFF in strips", "tiles_sequence", "strips"),
    "seqaug_png": Contender("seqaug, PNG", "tiles_sequence", "png"),
    "seqaug_cache": Contender('seqaug, PNG, cache="memory"', "tiles_sequence", "png", "memory"),
}


def main() -> None:
    """Run the benchmark, and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=4096, help="height and width of the images (%(default)s)")
    parser.add_argument("--files", type=int, default=4, help="number of images (%(default)s)")
    parser.add_argument("--tile", type=int, default=512, help="height and width of the windows (%(default)s)")
    parser.add_argument("--batch-size", type=int, default=8, help="windows per batch (%(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="processes of each contender (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each contender (%(default)s)")
    parser.add_argument("--seconds", type=float, default=3, help="seconds to measure, after a warm-up (%(default)s)")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=CONTENDERS,
        default=list(CONTENDERS),
        metavar="NAME",
        help=f"some of: {', '.join(CONTENDERS)}",
    )
    arguments = parser.parse_args()
    if not 0 < arguments.tile <= arguments.size:
        parser.error(f"--tile {arguments.tile} of images of {arguments.size} pixels; expected at most that")
    with tempfile.TemporaryDirectory() as folder:
        files = write_files(Path(folder), arguments.files, arguments.size)
        rounds = [
            {name: measured(CONTENDERS[name], files, folder, arguments) for name in arguments.only}
            for _ in range(arguments.rounds)
        ]
    print(f"| {'windows of':46} | samples/s | ratio | CPU per sample |")
    print(f"|{'-' * 48}|----------:|------:|---------------:|")
    for name in arguments.only:
        rate = median(results[name]["samples_per_second"] for results in rounds)
        ratios = [
            results[name]["samples_per_second"] / results[REFERENCE]["samples_per_second"]
            for results in rounds
            if REFERENCE in results
        ]
        milliseconds = [found for results in rounds if (found := results[name]["cpu_milliseconds"]) is not None]
        ratio = f"{median(ratios):.2f}" if ratios else ""
        cpu = f"{median(milliseconds):.1f} ms" if milliseconds else ""
        print(f"| {CONTENDERS[name].label:46} | {rate:>9.0f} | {ratio:>5} | {cpu:>14} |")


def write_files(folder: Path, count: int, size: int) -> dict[str, tuple[list[str], list[str]]]:
    """Write the same images and masks of ids in each kind of files, and return their paths."""
    palette = Palette(CLASSES)
    drawn = write_pairs(folder / "drawn", palette, count, height=size, width=size)
    files: dict[str, tuple[list[str], list[str]]] = {kind: ([], []) for kind in ("png", *TIFF_OPTIONS)}
    for number, (image, mask) in enumerate(zip(*(sorted(part.iterdir()) for part in drawn), strict=True)):
        pixels = cv2.cvtColor(cv2.imread(str(image)), cv2.COLOR_BGR2RGB)
        ids = palette.encode_mask(cv2.cvtColor(cv2.imread(str(mask)), cv2.COLOR_BGR2RGB)).astype(np.uint8)
        cv2.imwrite(str(mask), ids)
        files["png"][0].append(str(image))
        files["png"][1].append(str(mask))
        for kind, options in TIFF_OPTIONS.items():
            for paths, name, bands in zip(
                files[kind], ("image", "mask"), (np.moveaxis(pixels, -1, 0), ids[np.newaxis]), strict=True
            ):
                paths.append(str(folder / f"{kind}_{name}_{number:04}.tif"))
                write_tiff(paths[-1], bands, options)
    return files


def write_tiff(path: str, bands: np.ndarray, options: dict[str, Any]) -> None:
    """Write a compressed TIFF, (C, H, W)."""
    count, height, width = bands.shape
    photometric = "rgb" if count == 3 else "minisblack"
    profile = {"driver": "GTiff", "dtype": "uint8", "compress": "deflate", "photometric": photometric, **options}
    where = rasterio.transform.from_origin(0, height, 1, 1)
    with rasterio.open(path, "w", count=count, height=height, width=width, transform=where, **profile) as file:
        file.write(bands)


def measured(
    contender: Contender, files: dict[str, tuple[list[str], list[str]]], folder: str, arguments: argparse.Namespace
) -> dict[str, Any]:
    """Measure a contender in a process of its own."""
    images, masks = files[contender.files]
    job = Job(
        module=contender.module,
        options={"cache": contender.cache, "num_classes": len(CLASSES)},
        image_folder="",
        mask_folder="",
        images=images,
        masks=masks,
        palette="",
        colors=[],
        batch_size=arguments.batch_size,
        crop=arguments.tile,
        workers=arguments.workers,
        seconds=arguments.seconds,
        folder=folder,
    )
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("measure.py"))],
        input=json.dumps(asdict(job)),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=STARTING_SECONDS + 20 * arguments.seconds,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    main()
