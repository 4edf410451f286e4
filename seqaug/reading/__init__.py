"""Reading: from a file or URL to the pixels of an image, or to the colours or class ids of a mask.

Images and masks are read as stored: EXIF orientation tags are ignored, because masks have none and a rotated image
would no longer match its mask.
"""
