"""A warning of masks whose pixels of a class are declared to have no data."""

from __future__ import annotations

from typing import Any

import numpy as np

from seqaug.palette.label_spec import LabelSpec
from seqaug.sources.files import FilePairs
from seqaug.utils.redaction import shown

_LOOKED_AT = 8  # masks


def nodata_warning(source: Any, labels: LabelSpec) -> str | None:
    """Return a warning if one of a few masks declares the stored value of a class as that of pixels without data.

    Those of a class that is only the class map's default are ignored: the warning says so.
    """
    while hasattr(source, "source"):  # of tiles, or of additional arrays
        source = source.source
    if not isinstance(source, FilePairs) or not len(source) or labels.overlapping is not None:
        return None
    for index in np.unique(np.linspace(0, len(source) - 1, _LOOKED_AT, dtype=int)).tolist():
        value = source.mask_nodata(index)
        name = None if value is None else labels.nodata_class(value)
        if name is not None:
            return (
                f"{shown(source[index].mask)} declares nodata={value:g}, which is also the class {name!r}: these "
                "pixels stay that class; if they are not labelled, say so by class_map= (of ids: "
                f"{{{value:g}: None, ...}}) or by the palette's ignored colours, else remove the tag (gdal_edit.py "
                "-unsetnodata) or this warning"
            )
        default = None if value is None or labels.class_map is None else labels.class_map.default_of(value)
        if default is not None and labels.ignore_index is not None:
            return (
                f"{shown(source[index].mask)} declares nodata={value:g}: these pixels are ignored, while class_map "
                f"makes all other ids that it does not name the class {default}; say which they are, "
                f"class_map={{{value:g}: {default}, ...}} or {{{value:g}: None, ...}}"
            )
    return None
