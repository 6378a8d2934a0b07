# SPDX-License-Identifier: AGPL-3.0-or-later
"""The one Piccolo app: for Piccolo's tools that list tables. Migrations run by `node.schema.migrate`, which takes a lock."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from node.schema.migrating import APP
from node.schema.rooms import tables

APP_CONFIG = AppConfig(
    app_name=APP,
    migrations_folder_path=str(Path(__file__).parent / "migrations"),
    table_classes=tables(),
)
