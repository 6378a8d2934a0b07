# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a database really holds, told by itself: tables, columns, defaults, indexes, foreign keys, triggers, functions."""

from __future__ import annotations

from typing import Any

from node import database

# Piccolo's record of migrations is made by both ways, and is not ours to compare.
_NOT_OURS = "migration"

_POSTGRES = {
    "columns": """SELECT table_name, column_name, ordinal_position, data_type, character_maximum_length, is_nullable,
        column_default, is_generated, generation_expression FROM information_schema.columns
        WHERE table_schema = 'public'""",
    "indexes": "SELECT tablename AS table_name, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "constraints": """SELECT conrelid::regclass::text AS table_name, conname, contype::text, pg_get_constraintdef(oid) AS def
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace""",
    "triggers": """SELECT tgrelid::regclass::text AS table_name, tgname, tgenabled::text, pg_get_triggerdef(oid) AS def
        FROM pg_trigger WHERE NOT tgisinternal""",
    "functions": """SELECT proname AS table_name, pg_get_functiondef(oid) AS def
        FROM pg_proc WHERE pronamespace = 'public'::regnamespace""",
}


def _sorted(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kept = [row for row in rows if row.get("table_name", row.get("tbl_name")) != _NOT_OURS]
    return sorted(kept, key=repr)


async def describe() -> dict[str, list[dict[str, Any]]]:
    """The bound database's schema; equal for two databases that are made alike."""
    if database.dialect() == "postgres":
        return {name: _sorted(await database.rows(sql)) for name, sql in _POSTGRES.items()}
    made = await database.rows("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
    found = {"made": _sorted(made), "columns": [], "indexes": [], "foreign keys": []}
    for table in sorted(row["name"] for row in made if row["type"] == "table" and row["name"] != _NOT_OURS):
        for name, pragma in (
            ("columns", "table_xinfo"),
            ("indexes", "index_list"),
            ("foreign keys", "foreign_key_list"),
        ):
            rows = await database.rows(f"PRAGMA {pragma}('{table}')")
            found[name] += [{"of": table, **row} for row in rows]
    for index in list(found["indexes"]):
        rows = await database.rows(f"PRAGMA index_xinfo('{index['name']}')")
        found["indexes"] += [{"index": index["name"], **row} for row in rows]
    return found


async def deletion_rules() -> dict[str, str]:
    """Foreign key -> what deleting its target does, as the database has it."""
    if database.dialect() == "postgres":
        rows = await database.rows(
            "SELECT conrelid::regclass::text || '.' || conname AS name, confdeltype::text AS rule FROM pg_constraint "
            "WHERE contype = 'f' AND connamespace = 'public'::regnamespace"
        )
        return {row["name"]: {"r": "RESTRICT"}.get(row["rule"], row["rule"]) for row in rows}
    return {f"{row['of']}.{row['from']}": row["on_delete"] for row in (await describe())["foreign keys"]}
