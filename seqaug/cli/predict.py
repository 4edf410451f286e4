"""`seqaug predict`: masks of images of any size, by a model."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from seqaug.cli.models import add_model, add_model_options, model_from, predictor_from
from seqaug.cli.options import Commands, add_palette_option, local_path, palette_from

if TYPE_CHECKING:
    from seqaug.errors import ReadError
    from seqaug.inference.predictor import TiledPredictor
    from seqaug.palette.palette import Palette

# Hidden, so that a directory of masks holds nothing else.
_SETTINGS = ".seqaug-predict.json"
# Arguments that change no mask.
_NO_SETTINGS = ("force", "images", "json", "output", "overlay", "parser", "resume", "run")

_EXAMPLES = """examples:
  seqaug predict model.keras photos -o masks --palette camvid --tile 512 --overlap 0.25 --tta d4
  seqaug predict model.keras 'city/**/*.jpg' -o masks --tile 512 --overlay overlays --resume
  seqaug predict model.keras scene.tif -o masks --palette classes.csv --tile 512

With rasterio (seqaug[geo]), a TIFF of any size becomes a TIFF with the same place on earth; all else becomes PNG.
Exit status: 0 fine, 1 some images were unusable and skipped, 2 wrong use."""


class _Job(NamedTuple):
    """An image, its mask and, if asked for, the picture of both."""

    image: str
    mask: Path
    overlay: Path | None


def add_predict(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "predict",
        help="predict masks of images of any size",
        description="Predict the class of every pixel, tile by tile, and write masks of class ids.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_model(parser)
    parser.add_argument(
        "images", metavar="IMAGES", nargs="+", help="directories or patterns of images, or single images; or their URLs"
    )
    parser.add_argument(
        "-o", "--output", metavar="DIR", required=True, type=local_path, help="directory of the masks, made if missing"
    )
    add_palette_option(parser)
    add_model_options(parser)
    parser.add_argument(
        "--overlay",
        metavar="DIR",
        type=local_path,
        help="also draw each mask over its image, as .png in this directory",
    )
    existing = parser.add_mutually_exclusive_group()
    existing.add_argument("--resume", action="store_true", help="leave out images whose mask is there already")
    existing.add_argument("--force", action="store_true", help="overwrite masks that are there already")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=_run, parser=parser)


def _run(args: argparse.Namespace) -> int:
    from seqaug.utils.progress import progress_bar

    palette = palette_from(args)
    jobs = _plan(args)
    existing = [job for job in jobs if job.mask.exists() and (job.overlay is None or job.overlay.exists())]
    there = [job.mask for job in jobs if job.mask.exists()]
    if there and not (args.resume or args.force):
        raise ValueError(
            f"{len(there)} of {len(jobs)} masks are there already, such as {there[0]}; expected a new directory, "
            "--resume to make the missing ones, or --force to overwrite them"
        )
    waiting = [job for job in jobs if job not in existing] if args.resume else jobs
    _note_settings(args, has_masks=bool(there))
    failures: list[tuple[str, str]] = []
    if waiting:
        model = model_from(args)
        predictor = predictor_from(args, model)
        if predictor is None:
            raise ValueError(
                "the model takes images of any size; expected --tile, the size of the training crops or a larger one, "
                "such as --tile 512"
            )
        if palette is not None:
            predictor.check_num_classes(len(palette), palette.names)
        with progress_bar("Predicting", len(waiting)) as advance:
            failures = _predict(predictor, palette, waiting, advance)
    _report(args, len(jobs) - len(waiting), waiting, failures)
    return 1 if failures else 0


def _plan(args: argparse.Namespace) -> list[_Job]:
    """Plan what becomes of each image: the same tree in the directory of masks."""
    from seqaug.reading.file_bytes import IMAGE_SUFFIXES
    from seqaug.reading.raster import is_raster
    from seqaug.remote.urls import Url, is_url
    from seqaug.sources.discovery.image_files import files_by_stem
    from seqaug.utils.redaction import shown
    from seqaug.utils.validation import output_folder

    masks = output_folder("--output", args.output)
    overlays = None if args.overlay is None else output_folder("--overlay", args.overlay)
    if overlays is not None and overlays.resolve() == masks.resolve():
        raise ValueError(f"--overlay {args.overlay} is the directory of the masks; expected another one")
    planned: dict[Path, _Job] = {}
    for given in args.images:
        path = Url.parse(given).path if is_url(given) else given
        is_file = path.lower().endswith(IMAGE_SUFFIXES) if is_url(given) else os.path.isfile(given)
        found = {os.path.splitext(os.path.basename(path))[0]: [given]} if is_file else files_by_stem(given, "images")
        if not is_url(given) and masks.resolve() == Path(given).resolve():
            raise ValueError(f"--output {args.output} is the directory of the images; expected another one")
        for stem, images in found.items():
            for image in images:
                name = f"{stem}.tif" if is_raster(image) else f"{stem}.png"
                overlay = None if overlays is None else overlays / f"{stem}.png"
                job = _Job(image, masks / name, overlay)
                other = planned.setdefault(masks / stem, job)
                if other is not job:
                    raise ValueError(
                        f"{shown(other.image)} and {shown(image)} would both become {masks / stem}; name them apart"
                    )
    return list(planned.values())


def _note_settings(args: argparse.Namespace, *, has_masks: bool) -> None:
    """Keep how masks are made beside them, and refuse to add others to them."""
    settings = {name: value for name, value in vars(args).items() if name not in _NO_SETTINGS}
    model = Path(args.model)
    if model.is_file():
        status = model.stat()
        settings["model"] = [str(model.resolve()), status.st_size, status.st_mtime_ns]
    text = json.dumps(settings, indent=1, sort_keys=True)
    file = Path(args.output, _SETTINGS)
    if args.resume and has_masks and file.is_file() and file.read_text(encoding="utf-8") != text:
        raise ValueError(
            f"--resume: the masks in {args.output} were made by another model or with other options (see {file}); "
            "expected the same, another directory, or --force"
        )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def _predict(
    predictor: TiledPredictor, palette: Palette | None, jobs: list[_Job], advance: Callable[[int], None]
) -> list[tuple[str, str]]:
    """Predict images, and return those that cannot be used, with the reason."""
    from seqaug.inference.mask_files import MASK_SUFFIXES
    from seqaug.utils.redaction import shown

    failures: list[tuple[str, str]] = []
    for job in jobs:
        job.mask.parent.mkdir(parents=True, exist_ok=True)
    rasters = [job for job in jobs if job.mask.suffix in MASK_SUFFIXES[1:]]
    # Batches run on from one image to the next; rasters are written as they are predicted.
    for group, predict in ((rasters, _predict_rasters), ([job for job in jobs if job not in rasters], _predict_images)):
        waiting = list(group)
        while (error := predict(predictor, palette, waiting, advance)) is not None:
            failed = next((job for job in waiting if shown(job.image) == error.path), None)
            if failed is None:
                raise error
            waiting.remove(failed)
            failures.append((error.path, error.problem))
            advance(1)
    return failures


def _predict_rasters(
    predictor: TiledPredictor, palette: Palette | None, waiting: list[_Job], advance: Callable[[int], None]
) -> ReadError | None:
    """Predict images, which leave the list when they are done; return the error of one that cannot be read."""
    from seqaug.errors import ReadError

    try:
        while waiting:
            job = waiting[0]
            predictor.write_classes(job.image, job.mask, palette=palette)
            if job.overlay is not None:
                _draw(job.image, _ids_of(job.mask), job.overlay, palette)
            del waiting[0]
            advance(1)
    except ReadError as error:
        return error
    return None


def _predict_images(
    predictor: TiledPredictor, palette: Palette | None, waiting: list[_Job], advance: Callable[[int], None]
) -> ReadError | None:
    """Do the same as `_predict_rasters`, for images that are decoded whole."""
    from seqaug.errors import ReadError

    try:
        for ids in predictor.classes_of_each([job.image for job in waiting]):
            _write(waiting[0], ids, palette)
            del waiting[0]
            advance(1)
    except ReadError as error:
        return error
    return None


def _ids_of(mask: Path) -> Any:
    from seqaug.reading.masks import read_class_ids

    return read_class_ids(mask)


def _write(job: _Job, ids: Any, palette: Palette | None) -> None:
    from seqaug.inference.mask_files import open_mask

    # The mask last: where it is, all is done.
    if job.overlay is not None:
        _draw(job.image, ids, job.overlay, palette)
    colors = None if palette is None else palette.colors
    with open_mask(job.mask, ids.shape, ids.dtype, colors=colors) as writer:
        writer.write(ids)


def _draw(image: str, ids: Any, file: Path, palette: Palette | None) -> None:
    import cv2
    import numpy as np

    from seqaug.reading.images import read_image
    from seqaug.visualization.overlay import class_colors, overlay, to_rgb

    colors = class_colors(np.unique(ids).tolist(), palette)
    picture = overlay(to_rgb(read_image(image, "unchanged")), ids, dict(colors))
    _, data = cv2.imencode(".png", picture[..., ::-1])
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f".{file.name}.{os.getpid()}.part")
    data.tofile(unfinished)
    os.replace(unfinished, file)


def _report(args: argparse.Namespace, there: int, jobs: list[_Job], failures: list[tuple[str, str]]) -> None:
    from seqaug.utils.redaction import shown

    failed = {path for path, _ in failures}
    written = [str(job.mask) for job in jobs if shown(job.image) not in failed]
    if args.json:
        skipped = [{"path": path, "problem": problem} for path, problem in failures]
        print(json.dumps({"written": written, "there_already": there, "skipped": skipped}, indent=1))
        return
    print(
        f"{args.output}: {len(written):,} mask{'s' * (len(written) != 1)} written"
        + (f", {there:,} were there already" if there else "")
    )
    for path, problem in failures:
        print(f"skipped: {path}: {problem}", file=sys.stderr)
