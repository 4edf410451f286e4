"""What several rooms share and is none's."""
