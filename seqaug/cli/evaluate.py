"""`seqaug evaluate`: a model's predictions measured against masks."""

from __future__ import annotations

import argparse
import json
import math
from typing import TYPE_CHECKING, Any

from seqaug.cli.models import add_model, add_model_options, model_from, predictor_from, transform_from
from seqaug.cli.options import Commands, add_labels, known_classes_from, local_path
from seqaug.cli.output import new_console, new_table

if TYPE_CHECKING:
    from seqaug.inference.evaluation import Evaluation

_EXAMPLES = """examples:
  seqaug evaluate model.keras val/images val/masks --palette camvid --tile 512 --tta flips
  seqaug evaluate model.keras val/images val/masks --palette data/palette.csv --ignore Void --image-size 144 192
  seqaug evaluate model.keras val/images val/ids --num-classes 20 --ignore-index 255 --json

Without --tile and --image-size, the model sees each image whole. Masks are compared at their own size."""


def add_evaluate(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "evaluate",
        help="measure a model's predictions against masks",
        description="Predict images at their own size, and print IoU, Dice, precision, recall and boundary F1.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_model(parser)
    parser.add_argument("images", metavar="IMAGES", help="directory of the images, or its URL")
    parser.add_argument(
        "masks", metavar="MASKS", help="directory of the masks, or its URL; pairs have the same relative stem"
    )
    add_labels(parser)
    add_model_options(parser)
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="threads that read files (2)")
    parser.add_argument("--no-boundary", action="store_true", help="leave out boundary F1, which takes time")
    parser.add_argument(
        "--plot",
        metavar="FILE",
        type=local_path,
        help="draw confusion matrix and IoU: .png, .jpg, .webp, .pdf or .svg (needs seqaug[plot])",
    )
    parser.add_argument("--json", action="store_true", help="print JSON, with the measures of each image")
    parser.set_defaults(run=_run, parser=parser)


def _run(args: argparse.Namespace) -> int:
    from seqaug.sources.discovery.pairing import pair_directories
    from seqaug.utils.figures import picture_file

    if args.plot is not None:
        picture_file("--plot", args.plot)
    known_classes_from(args)
    images, masks = pair_directories(args.images, args.masks)
    model = model_from(args)
    evaluation = _evaluate(args, model, images, masks)
    if args.json:
        print(json.dumps(_as_json(evaluation), indent=1))
    else:
        _print(evaluation)
    if args.plot is not None:
        evaluation.plot(args.plot)
    return 0


def _evaluate(args: argparse.Namespace, model: Any, images: Any, masks: Any) -> Evaluation:
    from seqaug.cli.options import class_map_from, palette_from
    from seqaug.inference.evaluate import evaluate
    from seqaug.inference.evaluation import BOUNDARY_TOLERANCE
    from seqaug.pipeline.rescale import DEFAULT_RESCALE
    from seqaug.sequence.segmentation import SegmentationSequence

    predictor = predictor_from(args, model)
    class_map: Any = class_map_from(args)
    sequence = SegmentationSequence(
        images,
        masks,
        palette=palette_from(args),
        class_map=class_map,
        num_classes=args.num_classes,
        ignore_index=args.ignore_index,
        color_mode=args.color_mode,
        rescale=DEFAULT_RESCALE if args.rescale == "default" else args.rescale,
        transform=None if predictor is not None else transform_from(args),
        batch_size=1,
        shuffle=False,
        workers=args.workers,
    )
    own = {} if predictor is not None else {"from_logits": args.from_logits, "output": args.output_name}
    tolerance = None if args.no_boundary else BOUNDARY_TOLERANCE
    with sequence:
        return evaluate(model if predictor is None else predictor, sequence, boundary_tolerance=tolerance, **own)


def _as_json(evaluation: Evaluation) -> dict[str, object]:
    measures = ("iou", "dice", "precision", "recall", "boundary_f1")
    return {
        **{f"mean_{name}": _number(getattr(evaluation, f"mean_{name}")) for name in measures},
        "pixel_accuracy": _number(evaluation.pixel_accuracy),
        "ignored_pixels": evaluation.ignored_pixels,
        "boundary_tolerance": evaluation.boundary_tolerance,
        "classes": [
            {
                "id": number,
                "name": name,
                "pixels": int(evaluation.confusion[number].sum()),
                **{measure: _number(getattr(evaluation, measure)[number]) for measure in measures},
            }
            for number, name in enumerate(evaluation.names)
        ],
        "confusion": evaluation.confusion.tolist(),
        "images": [
            {name: _number(value) if isinstance(value, float) else value for name, value in image._asdict().items()}
            for image in evaluation.images
        ],
    }


def _number(value: float) -> float | None:
    """Return a number for JSON, which has no NaN."""
    return None if math.isnan(value) else float(value)


def _print(evaluation: Evaluation) -> None:
    printer = new_console()
    table = new_table(evaluation._headings())
    for row in evaluation._rows():
        table.add_row(*row)
    printer.print(table)
    printer.print(evaluation.summary())
