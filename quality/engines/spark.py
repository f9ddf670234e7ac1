"""Spark: `scored` adds the columns of scores to a frame.

    from quality.engines.spark import scored
    scored(spark.read.parquet("crawl/"), text_field="body").where("quality_verdict != 'damaged'")

The workers' Python must have `quality[spark]` too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from quality.engines import documents
from quality.errors import UsageError
from quality.extras import library
from quality.report.columns import COLUMNS, columns, refuse_taken
from quality.scoring import Scorer

__all__ = ["scored", "scorer_of_partitions"]

_TYPES: Final = {"text": "StringType", "count": "LongType", "score": "DoubleType"}


def scored(frame: Any, *, text_field: str = "text", scorer: Scorer | None = None) -> Any:
    """The frame with the columns of `quality.report.columns.COLUMNS` behind its own; rows and their order stay.

    `text_field` is the column with the text. Raises UsageError where it is not there, or a column to be added is.
    """
    if text_field not in frame.columns:
        raise UsageError(f"{text_field}: no such column; the frame has {', '.join(frame.columns)}")
    refuse_taken(frame.columns, "the frame")
    types = library("pyspark.sql.types", "spark")
    schema = types.StructType(list(frame.schema.fields))
    for name, kind in COLUMNS.items():
        schema = schema.add(name, getattr(types, _TYPES[kind])(), True)
    return frame.mapInPandas(scorer_of_partitions(text_field=text_field, scorer=scorer), schema)


def scorer_of_partitions(
    *, text_field: str = "text", scorer: Scorer | None = None
) -> Callable[[Iterator[Any]], Iterator[Any]]:
    """What `mapInPandas` takes: frames of pandas → the same with the columns of scores; models load once a worker."""
    chosen = Scorer(explain=False) if scorer is None else scorer

    def run(frames: Iterator[Any]) -> Iterator[Any]:
        for frame in frames:
            rows = [columns(report) for report in chosen.score_batch(documents(frame[text_field]))]
            yield frame.assign(**{name: [row[name] for row in rows] for name in COLUMNS})

    return run
