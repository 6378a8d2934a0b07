# SPDX-License-Identifier: AGPL-3.0-or-later
"""Made-up histories of several co-ops in bad weather, by a seed, and what has to hold once the weather is fair again.

The code is the real one, rooms, exchange, door and database; time, chance, the network and the order of everything come from
the seed, so the same seed gives the same history and the same state, ciphertext apart. A history's findings are empty, or there
is a fault.

    python -m tests.simulation --seeds 1-2000 --workers 2
    python -m tests.simulation --seeds 4711 --tell
"""
