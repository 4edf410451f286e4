"""Print constraints that hold every dependency of setup.cfg at its lower bound: `numpy>=1.26` as `numpy==1.26.*`."""

from configparser import ConfigParser
from pathlib import Path

setup = ConfigParser()
setup.read(Path(__file__).parents[1] / "setup.cfg", encoding="utf-8")
extras = setup["options.extras_require"]
requirements = setup["options"]["install_requires"] + extras["test"] + extras["backends"]
for requirement in sorted(set(requirements.split())):
    print(requirement.replace(">=", "==") + ".*")
