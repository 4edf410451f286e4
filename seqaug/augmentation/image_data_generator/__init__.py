"""What Keras' ImageDataGenerator does, as an Albumentations composition."""

from seqaug.augmentation.image_data_generator.transform import image_data_generator_transform

__all__ = ["image_data_generator_transform"]
