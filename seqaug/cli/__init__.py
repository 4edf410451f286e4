"""The command line: `seqaug COMMAND`."""
