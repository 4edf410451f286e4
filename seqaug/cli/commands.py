"""What the commands share."""

from __future__ import annotations

import argparse
from typing import TypeAlias

# Where a command adds itself; argparse has no public name for it.
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
