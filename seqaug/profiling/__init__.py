"""How fast samples are made, what bounds that, and which setting would help."""
