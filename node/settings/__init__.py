# SPDX-License-Identifier: AGPL-3.0-or-later
"""The only reader of the environment and of `commoncare.yaml`; it hands out one frozen `Settings`.

A value in the environment (`COMMONCARE_…`) wins over the file, the file over the default. A setting that is wrong is refused
with its name (or the variable's), what is wrong with it and what to put; an unknown one in the file is refused too, since it is
most often a misspelt one, and one in the environment is told (`strangers`). Secrets are read from files named by a setting,
never from the file itself. Nothing here is logged.
"""

from node.settings.areas import read_areas
from node.settings.judging import CHOICES, from_mapping
from node.settings.reading import FILE, PREFIX, load, read_yaml, strangers
from node.settings.shapes import Backup, Mail, Settings

__all__ = [
    "CHOICES",
    "FILE",
    "PREFIX",
    "Backup",
    "Mail",
    "Settings",
    "from_mapping",
    "load",
    "read_areas",
    "read_yaml",
    "strangers",
]
