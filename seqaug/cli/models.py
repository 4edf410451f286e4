"""Options of the commands that run a model: the model, and how it sees images."""

from __future__ import annotations

import argparse
import os
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from seqaug.cli.options import add_color_mode

if TYPE_CHECKING:
    from seqaug.inference.predictor import TiledPredictor


def add_model(parser: argparse.ArgumentParser) -> None:
    """Add the argument of the model."""
    parser.add_argument("model", metavar="MODEL", help="a .keras file of model.save()")


def add_model_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `predictor_from`."""
    model = parser.add_argument_group("model")
    model.add_argument(
        "--import",
        dest="modules",
        metavar="MODULE",
        action="append",
        default=[],
        help="module that defines layers of the model; repeatable",
    )
    model.add_argument("--from-logits", action="store_true", help="the model does not end with a softmax or sigmoid")
    model.add_argument("--output-name", metavar="NAME", help="output of the model, where it has several")
    tiles = parser.add_argument_group("tiles")
    tiles.add_argument(
        "--tile", type=_size, metavar="N", help="size of tiles, such as 512, or 384x512 (height x width)"
    )
    tiles.add_argument(
        "--overlap", type=float, default=0.25, metavar="X", help="least share of a tile that the next overlaps (0.25)"
    )
    tiles.add_argument(
        "--blend", choices=("gaussian", "average", "crop"), default="gaussian", help="how tiles are blended (gaussian)"
    )
    tiles.add_argument(
        "--tta",
        metavar="NAME",
        type=lambda text: text.split(",") if "," in text else text,
        help="test-time augmentation: flips, d4, or names such as horizontal_flip,rotate_180",
    )
    tiles.add_argument(
        "--scales", type=_numbers, default=[1.0], metavar="X", help="scales to average over, such as 0.75,1,1.25 (1)"
    )
    tiles.add_argument("--batch-size", type=int, default=8, metavar="N", help="tiles in a batch (8)")
    images = parser.add_argument_group("images, as in training")
    images.add_argument(
        "--rescale", type=_factor, default="default", metavar="X", help="factor of integer images (1/255), or none"
    )
    add_color_mode(images)
    images.add_argument(
        "--transform",
        metavar="T",
        help="deterministic transform, such as A.Normalize: a file of A.save, .json or .yaml, or module:name",
    )
    images.add_argument(
        "--image-size",
        type=int,
        nargs=2,
        metavar=("H", "W"),
        help="size that whole images are scaled to for the model; results are scaled back",
    )


def model_from(args: argparse.Namespace) -> Any:
    """Load the model of the arguments.

    Raises:
        ValueError: it cannot be loaded.
    """
    # Messages of TensorFlow's start are no results.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from seqaug.inference.model_file import load_model

    return load_model(args.model, args.modules)


def predictor_from(args: argparse.Namespace, model: Any) -> TiledPredictor | None:
    """Create the predictor of the options.

    Returns:
        The predictor; None if nothing says how images are cut, and the model takes any size.

    Raises:
        TypeError, ValueError: an option is out of range; or nothing says how images are cut, and the model takes one
            size only.
    """
    from seqaug.inference.model_output import input_shape
    from seqaug.inference.predictor import TiledPredictor
    from seqaug.pipeline.rescale import DEFAULT_RESCALE

    tile = args.tile
    if tile is None and args.image_size is None:
        height, width, _ = input_shape(model)
        if height is not None:
            raise ValueError(
                f"the model takes images of {height}x{width} pixels; expected --tile {height}x{width}, to cut images "
                f"into tiles at their own scale, or --image-size {height} {width}, to scale whole images as in training"
            )
        return None
    return TiledPredictor(
        model,
        tuple(args.image_size) if tile is None else tile,
        args.overlap,
        args.blend,
        args.tta,
        args.scales,
        args.batch_size,
        from_logits=args.from_logits,
        output=args.output_name,
        rescale=DEFAULT_RESCALE if args.rescale == "default" else args.rescale,
        color_mode=args.color_mode,
        transform=transform_from(args),
        image_size=None if args.image_size is None else tuple(args.image_size),
    )


def transform_from(args: argparse.Namespace) -> Any:
    """Load the transform of the options; None without one.

    Raises:
        ValueError: there is no such transform.
    """
    from seqaug.augmentation.load import load_transform

    return None if args.transform is None else load_transform(args.transform)


def _size(text: str) -> tuple[int, int]:
    try:
        sides = [int(part) for part in text.split("x")]
        height, width = sides * 2 if len(sides) == 1 else sides
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}; expected one number, or height and width as 384x512") from None
    return height, width


def _numbers(text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}; expected numbers such as 0.75,1,1.25") from None


def _factor(text: str) -> float | str | None:
    if text == "default":
        return text
    if text.lower() == "none":
        return None
    try:
        return float(Fraction(text))
    except (ValueError, ZeroDivisionError):
        raise argparse.ArgumentTypeError(f"{text!r}; expected a factor such as 1/255 or 0.5, or none") from None
