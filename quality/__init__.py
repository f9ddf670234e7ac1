"""Scores text for machine-translation and article-spinning damage, each document and each paragraph.

>>> from quality import Scorer
>>> Scorer().score("Too short to judge.").verdict
'too_short'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from quality.document import Document, Finding, ParagraphReport, Report
    from quality.errors import QualityError
    from quality.model import Models
    from quality.scoring import Scorer

__all__ = ["Document", "Finding", "Models", "ParagraphReport", "QualityError", "Report", "Scorer", "__version__"]
__version__ = "0.1.0"

_HOMES = {
    "Document": "document",
    "Finding": "document",
    "Models": "model",
    "ParagraphReport": "document",
    "QualityError": "errors",
    "Report": "document",
    "Scorer": "scoring",
}


def __getattr__(name: str) -> Any:
    """Public names are imported when first used: `quality --version` needs none of them, nor numpy."""
    if name in _HOMES:
        return getattr(import_module(f"quality.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
