"""Reading: from a file, or a URL of one, to the pixels of an image, or to the colours or class ids of a mask.

One rule of orientation holds for images and masks alike: pixels come as they are stored, and EXIF orientation tags
are ignored, because masks carry none and a turned image would no longer lie on its mask.
"""
