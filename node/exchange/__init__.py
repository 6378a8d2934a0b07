# SPDX-License-Identifier: AGPL-3.0-or-later
"""Exchange: departures, arrivals, and the protocol's door.

Nothing leaves but what stands and is consented to at the moment of leaving; nothing arrives but what was verified.
"""
