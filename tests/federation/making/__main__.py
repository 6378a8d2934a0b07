# SPDX-License-Identifier: AGPL-3.0-or-later
"""Writes the vectors and the made blocks of the docs, and says which files changed."""

from .everything import FOLDER, ROOT, read_held, vectors, written_docs


def main() -> None:
    made = {FOLDER / name: data for name, data in vectors(read_held()).items()}
    made |= {path: text.encode() for path, text in written_docs().items()}
    for path, data in sorted(made.items()):
        if not path.exists() or path.read_bytes() != data:
            path.write_bytes(data)
            print("written", path.relative_to(ROOT))


main()
