"""Statistics of a data set's masks, or of its labels."""
