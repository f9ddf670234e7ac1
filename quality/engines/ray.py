"""Ray Data: an actor for `map_batches` that adds the columns of scores.

    from quality.engines.ray import QualityScores
    ray.data.read_parquet("crawl/").map_batches(QualityScores, batch_format="pyarrow", concurrency=3)

An actor takes a core; where none is left for reading, Ray waits for ever.
"""

from __future__ import annotations

from typing import Any

from quality.engines import documents
from quality.errors import UsageError
from quality.extras import library
from quality.report.columns import COLUMNS, arrow_type, columns, refuse_taken
from quality.scoring import Scorer

__all__ = ["QualityScores"]


class QualityScores:
    """Batches of PyArrow → the same with the columns of `quality.report.columns.COLUMNS` behind their own.

    Parameters
    ----------
    text_field: the column with the text.
    scorer: what scores; None takes a `Scorer` without findings. An actor loads its models once.
    """

    def __init__(self, text_field: str = "text", scorer: Scorer | None = None) -> None:
        self.text_field = text_field
        self.scorer = Scorer(explain=False) if scorer is None else scorer

    def __call__(self, batch: Any) -> Any:
        """The batch with the columns of scores.

        Raises UsageError where the text's column is not there, or one that would be added is.
        """
        arrow = library("pyarrow", "ray")
        if self.text_field not in batch.column_names:
            raise UsageError(f"{self.text_field}: no such column; the batch has {', '.join(batch.column_names)}")
        refuse_taken(batch.column_names, "the batch")
        reports = self.scorer.score_batch(documents(batch.column(self.text_field).to_pylist()))
        rows = [columns(report) for report in reports]
        for name in COLUMNS:
            values = arrow.array([row[name] for row in rows], arrow_type(name))
            batch = batch.append_column(arrow.field(name, values.type), values)
        return batch
