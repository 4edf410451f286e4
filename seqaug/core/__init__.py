"""What several rooms share: random generators, the sample request, batch memory, forks, warnings."""
