"""Labels: which class ids the pixels of masks become, and what masks look like that hold other ones."""

from seqaug.labels.advice import IdAdvice, advice_on_ids, doubts_about_ids
from seqaug.labels.first_masks import FirstMasks
from seqaug.labels.labels import MOST_CLASSES, Labels
from seqaug.labels.survey import MaskSurvey
from seqaug.labels.values import IdCounts

__all__ = [
    "MOST_CLASSES",
    "FirstMasks",
    "IdAdvice",
    "IdCounts",
    "Labels",
    "MaskSurvey",
    "advice_on_ids",
    "doubts_about_ids",
]
