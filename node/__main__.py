# SPDX-License-Identifier: AGPL-3.0-or-later
"""`python -m node` is the command `commoncare`."""

from node.cli import main

if __name__ == "__main__":
    main()
