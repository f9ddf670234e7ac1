"""Scores text for machine-translation and article-spinning damage, each document and each paragraph.

>>> from quality import Scorer
>>> Scorer().score("Too short to judge.").verdict
'too_short'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from quality.document import Document, Finding, ParagraphReport, Report, Reports
    from quality.errors import QualityError
    from quality.estimators import DamageClassifier, DamageFeatures
    from quality.model import Models
    from quality.report.frames import finding_frame, frame, paragraph_frame
    from quality.report.notebook import show
    from quality.scoring import Scorer

__all__ = [
    "DamageClassifier",
    "DamageFeatures",
    "Document",
    "Finding",
    "Models",
    "ParagraphReport",
    "QualityError",
    "Report",
    "Reports",
    "Scorer",
    "__version__",
    "finding_frame",
    "frame",
    "paragraph_frame",
    "show",
]
__version__ = "0.1.0"

_HOMES = {
    "DamageClassifier": "estimators",
    "DamageFeatures": "estimators",
    "Document": "document",
    "Finding": "document",
    "Models": "model",
    "ParagraphReport": "document",
    "QualityError": "errors",
    "Report": "document",
    "Reports": "document",
    "Scorer": "scoring",
    "finding_frame": "report.frames",
    "frame": "report.frames",
    "paragraph_frame": "report.frames",
    "show": "report.notebook",
}


def __getattr__(name: str) -> Any:
    """Public names are imported when first used: `quality --version` needs none of them, nor numpy."""
    if name in _HOMES:
        return getattr(import_module(f"quality.{_HOMES[name]}"), name)
    if name == "plot":
        return import_module("quality.plot")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
