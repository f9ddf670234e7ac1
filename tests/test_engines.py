"""Engines give what the command line gives, to the last digit. They are real ones, started here."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from quality import Scorer
from quality.errors import UsageError
from quality.extras import library
from quality.report.columns import COLUMNS

SEEDS = Path(__file__).parent.parent / "seeds"
#: Libraries that are started here warn of their own future and leave sockets to be closed with the process.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def texts() -> list[str | None]:
    return [path.read_text() for path in sorted(SEEDS.glob("*.txt"))] + ["", None]


@pytest.fixture(scope="module")
def crawl(texts: list[str | None], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("crawl") / "pages.jsonl"
    records = [{"id": str(at), "text": text} for at, text in enumerate(texts) if text]
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records))
    return path


@pytest.fixture(scope="module")
def expected(crawl: Path) -> dict[str, dict[str, Any]]:
    """What the command line says of each text, by its id."""
    command = [sys.executable, "-m", "quality", "score", "--format", "jsonl", str(crawl)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return {report["id"]: report for report in map(json.loads, printed.splitlines())}


def agrees(row: dict[str, Any], report: dict[str, Any]) -> bool:
    scores = {kind: row[f"quality_{kind}"] for kind in report["scores"]}
    # A table has NaN where a score was not judged.
    scores = {kind: None if score != score else score for kind, score in scores.items()}
    return (scores, row["quality_verdict"], row["quality_kinds"].split(), row["quality_words"]) == (
        report["scores"],
        report["verdict"],
        report["kinds"],
        report["words"],
    )


def test_datatrove_scores_and_filters(crawl: Path, expected: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers import JsonlWriter

    from quality.engines.datatrove import QualityFilter, QualityScores
    from quality.filtering.rules import Rules

    def run(name: str, step: Any) -> None:
        writer = JsonlWriter(str(tmp_path / name), compression=None)
        steps = [JsonlReader(str(crawl.parent)), step, writer]
        LocalPipelineExecutor(steps, tasks=1, logging_dir=str(tmp_path / f"{name}-log")).run()

    def rows(name: str) -> list[dict[str, Any]]:
        return [
            json.loads(line)
            for path in sorted((tmp_path / name).glob("*.jsonl"))
            for line in path.open(encoding="utf-8")
        ]

    run("scored", QualityScores())
    assert [row["id"] for row in rows("scored")] == list(expected)
    assert all(agrees(row["metadata"], expected[row["id"]]) for row in rows("scored"))

    dropped = JsonlWriter(str(tmp_path / "dropped"), compression=None)
    run("kept", QualityFilter(Rules(min_words=200), exclusion_writer=dropped))
    kept, rejected = rows("kept"), rows("dropped")
    assert sorted(row["id"] for row in kept + rejected) == sorted(expected)
    assert {row["metadata"]["quality_verdict"] for row in kept} <= {"clean", "unsupported_language"}
    reasons = {row["metadata"]["filter_reason"] for row in rejected}
    assert reasons >= {"machine_translation", "spinning", "too_few_words"}


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java, and there is none")
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable  # else it starts whatever `python3` is
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "7")
        .getOrCreate()
    )
    yield session
    session.stop()
    del os.environ["PYSPARK_PYTHON"]


def test_spark_adds_columns(spark: Any, texts: list[str | None], expected: dict[str, dict[str, Any]]) -> None:
    from quality.engines.spark import scored

    frame = spark.createDataFrame([(str(at), text) for at, text in enumerate(texts)], "id string, body string")
    rows = [row.asDict() for row in scored(frame.repartition(2), text_field="body").collect()]
    assert sorted(rows[0]) == sorted(["id", "body", *COLUMNS])
    by_id = {row["id"]: row for row in rows}
    assert len(rows) == len(by_id) == len(texts)
    assert all(agrees(by_id[id], report) for id, report in expected.items())
    empty, missing = by_id[str(len(texts) - 2)], by_id[str(len(texts) - 1)]
    assert (empty["quality_verdict"], missing["quality_verdict"]) == ("too_short", "unreadable")
    assert missing["quality_error"] == "there is no text"
    with pytest.raises(UsageError, match="txt: no such column; the frame has id, body"):
        scored(frame, text_field="txt")
    with pytest.raises(UsageError, match="the frame: has quality_words already"):
        scored(frame.withColumnRenamed("id", "quality_words"), text_field="body")


def test_ray_adds_columns(texts: list[str | None], expected: dict[str, dict[str, Any]]) -> None:
    import ray

    from quality.engines.ray import QualityScores

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        rows = ray.data.from_items([{"id": str(at), "text": text} for at, text in enumerate(texts)])
        scored = rows.map_batches(QualityScores, batch_format="pyarrow", batch_size=9, concurrency=2).take_all()
    finally:
        ray.shutdown()
    by_id = {row["id"]: row for row in scored}
    assert len(scored) == len(by_id) == len(texts)
    assert all(agrees(by_id[id], report) for id, report in expected.items())


def _signature_and_score(scorer: Scorer, text: str) -> tuple[str, dict[str, Any]]:
    report = scorer.score(text)
    return report.signature, dict(report.scores)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_scorer_that_has_worked_goes_on_in_another_process(method: str) -> None:
    scorer = Scorer(language="en", min_words=5)
    text = (SEEDS / "en-clean-ferry.txt").read_text()
    here = _signature_and_score(scorer, text)
    with get_context(method).Pool(1) as pool:
        assert pool.apply(_signature_and_score, (scorer, text)) == here
    assert len(pickle.dumps(scorer)) < 2000  # settings, not models


def test_threads_share_a_scorer(texts: list[str | None]) -> None:
    scorer, pages = Scorer(), [text for text in texts if text]
    alone = [Scorer(models=scorer.models).score(page).to_dict() for page in pages]
    together = threading.Barrier(4)

    def score(start: int) -> list[dict[str, Any]]:
        together.wait()
        found = {at: scorer.score(pages[at]).to_dict() for at in [*range(start, len(pages)), *range(start)]}
        return [found[at] for at in range(len(pages))]

    with ThreadPoolExecutor(4) as threads:
        assert all(found == alone for found in threads.map(score, (0, 7, 14, 21)))


def test_what_is_missing_is_named() -> None:
    with pytest.raises(Exception, match=r"engine_of_the_future is not installed; pip install 'quality\[spark\]'"):
        library("engine_of_the_future.sql", "spark")
