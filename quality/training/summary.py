"""All tables of an evaluation in one document."""

from __future__ import annotations

from collections.abc import Sequence

from quality.training.evaluation import evaluate
from quality.training.figures import Table, as_json, as_markdown, as_text
from quality.training.judgements import Judgements
from quality.training.severity import severity

__all__ = ["document", "tables"]

_HEAD = """# Evaluation

Written by `{command}`, models of signature {signature}.

{about}
"""

_HELD_OUT = """Every judgement is by a classifier, over n-gram weights, that had not seen the group its text is from:
a year of translation tasks, a product, a site, an author, a family of spinners. Synthetic damage, which half of the
machine translation in training gets on top, is not in here. By its label machine-translated text counts as damaged even
where it reads well, but for systems that are known to be as good as a person: these, and single sentences, stand
in the tables on engines and severity alone. What training wrote about spinners and page furniture stands in
[models/EVALUATION.md](../models/EVALUATION.md); how the figures are to be read, in [LIMITS.md](../LIMITS.md)."""


def tables(judgements: Judgements) -> list[Table]:
    """What labels and sources of the judgements allow to tell, the most important first."""
    first, *rest = evaluate(judgements.rows)
    return [first, *severity(judgements.rows), *rest]


def document(tables: Sequence[Table], judgements: Judgements, form: str) -> str:
    """The tables as "text", "markdown" or "json"."""
    if form == "json":
        return as_json(tables, judgements.signature)
    if form == "text":
        return f"{judgements.signature}\n\n{as_text(tables)}"
    head = _HEAD.format(
        command="quality evaluate --predictions FILE --format markdown" if judgements.held_out else "quality evaluate",
        signature=judgements.signature,
        about=_HELD_OUT if judgements.held_out else "Labelled text, scored by the shipped models.",
    )
    return f"{head}\n{as_markdown(tables)}"
