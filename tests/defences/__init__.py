# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whether each defence is missed when it is gone: every row of docs/protocol/security.md has a defence here, in the words of its
source, and a test that has to fail once it is taken out.

`python -m tests.defences` works on a copy of the tree and never on the tree itself. `shape` says what an entry is, `feeds`,
`documents`, `doors` and `charters` hold them, `running` tries them.
"""

from tests.defences import charters, documents, doors, feeds
from tests.defences.shape import Defence

DEFENCES: tuple[Defence, ...] = (*feeds.DEFENCES, *documents.DEFENCES, *doors.DEFENCES, *charters.DEFENCES)

__all__ = ["DEFENCES", "Defence"]
