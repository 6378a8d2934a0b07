# SPDX-License-Identifier: AGPL-3.0-or-later
"""The file of areas: those that people name, which of them are ours, and whom the council has for worries."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

import yaml

from node.errors import Misconfigured
from node.place import Area, Council, Gazetteer


def read_areas(path: Path, patch: tuple[str, ...]) -> Gazetteer:
    """Areas and councils from YAML: `areas: {id: {name, lat, lon, council}}`, `councils: {id: {name, adults, out_of_hours}}`."""
    try:
        given = yaml.safe_load(path.read_text(encoding="utf-8"))
        areas = {
            str(name): Area(str(name), str(a["name"]), float(a["lat"]), float(a["lon"]), str(a.get("council", "")))
            for name, a in given["areas"].items()
        }
        councils = {
            str(name): Council(str(name), str(c["name"]), str(c["adults"]), str(c["out_of_hours"]))
            for name, c in (given.get("councils") or {}).items()
        }
    except FileNotFoundError:
        raise Misconfigured(f"areas_file: there is no {path}.") from None
    except OSError:
        raise Misconfigured(f"areas_file: {path} can't be read.") from None
    except (KeyError, TypeError, ValueError, yaml.YAMLError):
        raise Misconfigured(f"areas_file: {path} does not hold areas with name, lat and lon.") from None
    if missing := [name for name in patch if name not in areas]:
        raise Misconfigured(f"patch: {', '.join(missing)} are not in {path}.")
    return Gazetteer(areas=MappingProxyType(areas), patch=patch, councils=MappingProxyType(councils))
