"""One parallel pass over a data set: class scan, warm-up of the cache, conversion of masks."""
