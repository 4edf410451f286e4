"""Pictures of samples before and after augmentation."""
