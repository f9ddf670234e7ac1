"""Scoring inside engines that already run over many machines: `datatrove`, `spark` and `ray`, each an extra.

Thin adapters over `Scorer.score_batch`: a worker loads the models once, and a text has the same scores there as on the
command line, to the last digit. Each module is imported by its own name: `from quality.engines.spark import scored`.
"""

from __future__ import annotations

from collections.abc import Iterable

from quality.document import Document
from quality.reading.records import kind_of

__all__ = ["documents"]


def documents(texts: Iterable[object]) -> list[Document]:
    """A document of each value of a column; what is not text comes out as `unreadable`.

    >>> [document.error for document in documents(["Good morning.", None, float("nan"), 3])]
    [None, 'there is no text', 'there is no text', 'there is a number in place of text']
    """
    return [Document(text) if isinstance(text, str) else Document("", error=_error(text)) for text in texts]


def _error(value: object) -> str:
    # A column of pandas has NaN where there is nothing.
    if value is None or value != value:
        return "there is no text"
    return f"there is {kind_of(value)} in place of text"
