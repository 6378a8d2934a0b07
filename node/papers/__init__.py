# SPDX-License-Identifier: AGPL-3.0-or-later
"""A co-op's own papers: the record of processing, the impact assessment, the hazard log, and what was agreed with neighbours.

What the node knows is filled in, from its tables, settings and neighbours; what only people know is a plain blank. `knowing`
gathers, `record` reads the tables, `purposes` and `hazards` say why and what could go wrong, `writing` makes the files.
"""

from node.papers.knowing import Known, known
from node.papers.writing import papers, write

__all__ = ["Known", "known", "papers", "write"]
