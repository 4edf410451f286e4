"""Pictures of samples before and after augmentation, and batches as image files."""
