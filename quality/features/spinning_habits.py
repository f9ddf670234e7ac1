"""What a document shows of its writer's habits: how many of its places and words a spinner filled.

A weight is for even odds. In a text where every third phrase of a rule list is in the wrong place another one
needs little proof, and where thesaurus phrases are all that is wrong, "also" is just a word.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from quality.features import Matrix

__all__ = ["habits"]

#: Steps of expectation and maximisation; more change nothing that is seen.
_STEPS = 8


def habits(weights: Matrix, groups: NDArray[np.intp], count: int, *, spun: float, sound: float) -> Matrix:
    """Log-odds, by group, that any one of its members is a spinner's, shape (count,), in nats.

    `weights` are the members' log-odds for even odds. A group is thought to have `spun` such members and `sound` others
    before any is seen, so one without members gets log(spun / sound).

    >>> none, few, many = habits(np.array([-3.0, -3.0, -3.0, 3.0, 3.0, 3.0]), np.array([1, 1, 1, 2, 2, 2]), 3,
    ...                          spun=1.0, sound=1.0)
    >>> bool(none == 0.0), bool(few < -0.5), bool(many > 0.5)
    (True, True, True)
    """
    members = np.bincount(groups, minlength=count)
    odds = np.full(count, np.log(spun / sound))
    for _ in range(_STEPS):
        chance = 1.0 / (1.0 + np.exp(-(weights + odds.take(groups))))
        found = np.bincount(groups, weights=chance, minlength=count) + spun
        odds = np.log(found / (members + spun + sound - found))
    return odds
