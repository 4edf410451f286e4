"""What Keras' ImageDataGenerator does, as an Albumentations composition."""
