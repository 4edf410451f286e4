"""A demonstration set: street-like scenes that the package draws itself, with masks in palette colours."""

from seqaug.demo.classes import CLASSES, VOID
from seqaug.demo.dataset import DemoDataset, make_demo_dataset
from seqaug.demo.scenes import scene

__all__ = ["CLASSES", "VOID", "DemoDataset", "make_demo_dataset", "scene"]
