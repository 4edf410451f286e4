"""Words of ImageDataGenerator, explained."""

import inspect
from typing import Any

import numpy as np
import pytest
from keras_generator import ImageDataGenerator

from seqaug import ClassificationSequence, SegmentationSequence
from seqaug.sequence.migration_hints import raise_migration_hint

IMAGES, MASKS = np.zeros((4, 8, 8, 3), np.uint8), np.zeros((4, 8, 8), np.uint8)


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        ("target_size", r"image_size= here, \(height, width\)"),
        ("class_mode", r"mask_encoding= here .* labels of images are for ClassificationSequence"),
        ("label_mode", r"mask_encoding= here .* labels of images are for ClassificationSequence"),
        ("sample_weight", r'made by class_weights= here: with "uniform" it is 1, and 0 where a pixel is ignored'),
        ("save_to_dir", r"seq\.save_augmented\(directory"),
        ("interpolation", r"bilinear for images and nearest neighbour for masks"),
        ("rotation_range", r"image_data_generator_transform\(\.\.\.\), whose result is passed as transform="),
        ("validation_split", r"an argument of from_directory, from_dataframe and from_arrays"),
        ("augmentation", r"transform= here"),
        ("preprocessing", r"transform= here.* or prepare="),
        ("augmentations", r"transform= here"),
        ("augment", r"transform= here"),
        ("transforms", r"transform= here"),
        ("num_workers", r"workers= here"),
        ("n_classes", r"num_classes= here"),
        ("class_weight", r"class_weights= here"),
        ("tile_size", r"A\.RandomCrop\(height, width\)"),
        ("classes", r"num_classes= here, or palette="),
        ("drop_last", r"drop_remainder= here"),
        ("random_state", r"seed= here"),
    ],
)
def test_they_are_explained(word: str, meaning: str) -> None:
    with pytest.raises(TypeError, match=rf"^SegmentationSequence has no argument '{word}', which is .*{meaning}"):
        SegmentationSequence(IMAGES, MASKS, **{word: 1})


def test_also_by_the_constructors(tmp_path: Any) -> None:
    for way in (
        lambda: SegmentationSequence.from_directory(tmp_path, tmp_path, target_size=(4, 4)),
        lambda: SegmentationSequence.from_csv(tmp_path / "none.csv", target_size=(4, 4)),
        lambda: SegmentationSequence.from_arrays(IMAGES, MASKS, target_size=(4, 4)),
        lambda: ClassificationSequence.from_directory(tmp_path, target_size=(4, 4)),
        lambda: ClassificationSequence.from_arrays(IMAGES, target_size=(4, 4)),
    ):
        with pytest.raises(TypeError, match=r"target_size.* is image_size= here"):
            way()
    for made in (SegmentationSequence, ClassificationSequence):
        with pytest.raises(TypeError, match=r"x_col', which is image_col= here"):
            made.from_dataframe(None, x_col="file")


def test_no_argument_of_the_generators_is_unknown() -> None:
    """Each argument of the generator and its flows is known here, or by the same name."""
    generator = ImageDataGenerator
    flows = (generator.flow, generator.flow_from_directory, generator.flow_from_dataframe)
    words = {name for made in (generator.__init__, *flows) for name in inspect.signature(made).parameters}
    # Given by position, or about tables that a user can sort out by hand.
    words -= {"self", "x", "y", "dataframe", "kwargs", "ignore_class_split"}
    for made in (SegmentationSequence, ClassificationSequence):
        for word in words - set(inspect.signature(made.__init__).parameters):
            with pytest.raises(TypeError, match=rf"has no argument '{word}', which is "):
                raise_migration_hint(made, [word])


def test_other_arguments_are_left_to_python() -> None:
    with pytest.raises(TypeError, match=r"unexpected keyword argument 'colour'"):
        SegmentationSequence(IMAGES, MASKS, colour=1)  # type: ignore[call-arg]


def test_a_subclass_may_have_the_argument_itself() -> None:
    class Own(SegmentationSequence):
        def __init__(self, images: Any, masks: Any, target_size: int) -> None:
            super().__init__(images, masks, image_size=(target_size, target_size))

    class Open(SegmentationSequence):
        def __init__(self, images: Any, masks: Any, **arguments: Any) -> None:
            size = arguments.pop("target_size")
            super().__init__(images, masks, image_size=(size, size), **arguments)

    for made in (Own, Open):
        assert made(IMAGES, MASKS, target_size=6)[0][0].shape == (4, 6, 6, 3)


def test_the_modes_of_labels_are_explained(tmp_path: Any) -> None:
    made = ClassificationSequence
    given: dict[str, Any] = {"class_mode": "sparse"}
    for way in (
        lambda: made(IMAGES, [0, 1, 0, 1], **given),
        lambda: made.from_directory(tmp_path, **given),
        lambda: made.from_dataframe(None, **given),
        lambda: made.from_arrays(IMAGES, [0, 1, 0, 1], **given),
    ):
        with pytest.raises(
            TypeError, match=r"^ClassificationSequence has no argument 'class_mode', which is "
        ) as raised:
            way()
        for meaning in ('label_mode= here: "int" for "sparse"', 'for "input", label_mode=None, shuffle=True'):
            assert meaning in str(raised.value)


def test_classes_of_labels_are_names() -> None:
    with pytest.raises(
        TypeError, match=r"^ClassificationSequence has no argument 'classes', which is class_names= here"
    ):
        ClassificationSequence(IMAGES, [0, 1, 0, 1], classes=["a", "b"])  # type: ignore[call-arg]
