"""datatrove: a step that writes scores into the metadata, and a filter that drops what is damaged.

    LocalPipelineExecutor(
        [JsonlReader("crawl/"), QualityFilter(exclusion_writer=JsonlWriter("out/")), JsonlWriter("in/")], tasks=8
    ).run()

Local, Slurm and Ray executors are datatrove's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from quality.engines import documents
from quality.extras import library
from quality.filtering.rules import Rules
from quality.report.columns import columns
from quality.scoring import Scorer

__all__ = ["QualityFilter", "QualityScores"]

#: Documents that are scored together.
_TOGETHER = 200

_PipelineStep: Any = library("datatrove.pipeline.base", "datatrove").PipelineStep
_BaseFilter: Any = library("datatrove.pipeline.filters.base_filter", "datatrove").BaseFilter
_batched = library("datatrove.utils.batching", "datatrove").batched


class QualityScores(_PipelineStep):  # type: ignore[misc]
    """Adds the scores of each document to its metadata, under the names of `quality.report.columns.COLUMNS`.

    Parameters
    ----------
    scorer: what scores; None takes a `Scorer` without findings, which is faster.
    """

    type = "📏 - SCORES"
    name = "quality"

    def __init__(self, scorer: Scorer | None = None) -> None:
        super().__init__()
        self.scorer = Scorer(explain=False) if scorer is None else scorer

    def run(self, data: Iterable[Any] | None, rank: int = 0, world_size: int = 1) -> Iterator[Any]:
        """The documents that come in, each with its scores."""
        for batch in _batched(data or (), _TOGETHER):
            with self.track_time("batch"):
                reports = self.scorer.score_batch(documents(document.text for document in batch))
            for document, report in zip(batch, reports, strict=True):
                document.metadata.update(columns(report))
                self.stat_update(f"verdict_{report.verdict}")
                self.update_doc_stats(document)
                yield document


class QualityFilter(_BaseFilter):  # type: ignore[misc]
    """Drops documents by the rules of `quality filter`; scores go into the metadata of all.

    The first reason why a document is dropped is datatrove's `filter_reason`, all are in `quality_reasons`.

    Parameters
    ----------
    rules: which documents are kept, and what is taken out of their text; the default keeps what is not damaged.
    scorer: what scores; None takes a `Scorer` without findings.
    exclusion_writer: where the dropped documents go.
    """

    name = "quality"

    def __init__(
        self, rules: Rules | None = None, *, scorer: Scorer | None = None, exclusion_writer: Any = None
    ) -> None:
        super().__init__(exclusion_writer, batch_size=_TOGETHER)
        self.rules = Rules() if rules is None else rules
        self.scorer = Scorer(explain=False) if scorer is None else scorer

    def filter(self, doc: Any) -> bool | tuple[bool, str]:
        """Whether one document is kept, or why not."""
        return self.filter_batch([doc])[0]

    def filter_batch(self, batch: list[Any]) -> list[bool | tuple[bool, str]]:
        """Whether each document is kept, or why not."""
        results: list[bool | tuple[bool, str]] = []
        for document, report in zip(
            batch, self.scorer.score_batch(documents(document.text for document in batch)), strict=True
        ):
            reasons = self.rules.reasons(report)
            document.metadata.update(columns(report), quality_reasons=list(reasons))
            if reasons:
                results.append((False, reasons[0]))
            else:
                document.text = self.rules.text(report)
                results.append(True)
        return results
