"""Pictures show what the tables say, on the axis that they are given, whatever library the table is of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import quality
from quality.errors import UsageError

matplotlib = pytest.importorskip("matplotlib")
pytest.importorskip("matplotlib.collections")
matplotlib.use("agg")
pandas = pytest.importorskip("pandas")


@pytest.fixture
def documents() -> Any:
    return pandas.DataFrame(
        {
            "spinning": [0.1, 0.2, 0.95, np.nan, 0.3, 0.99],
            "spinning_threshold": [0.9, 0.9, 0.9, np.nan, 0.97, 0.97],
            "language": ["en", "en", "en", "fr", "de", "de"],
            "words": [10, 200, 3000, 50, 60, 70],
            "label": [False, False, True, False, True, True],
        }
    )


@pytest.fixture
def axis() -> Any:
    from matplotlib.figure import Figure

    return Figure().subplots()


def test_every_judged_document_is_a_dot_in_its_source_and_the_called_ones_stand_out(documents: Any, axis: Any) -> None:
    assert quality.plot.scores_by(documents, "spinning", ax=axis) is axis
    scattered = [one for one in axis.collections if isinstance(one, matplotlib.collections.PathCollection)]
    dots = np.vstack([one.get_offsets() for one in scattered])
    assert sorted(dots[:, 0].tolist()) == [0.1, 0.2, 0.3, 0.95, 0.99]
    assert [label.get_text() for label in axis.get_yticklabels()] == ["de (2)", "en (3)"]
    red = [one.get_offsets() for one in scattered if len(one.get_facecolor()) and one.get_facecolor()[0][0] > 0.6]
    assert sorted(np.vstack(red)[:, 0].tolist()) == [0.95, 0.99]


def test_damage_along_a_document_has_a_step_a_paragraph_as_wide_as_its_words(axis: Any) -> None:
    paragraphs = pandas.DataFrame(
        {"document": 0, "spinning": [0.2, np.nan, 0.9], "words": [10, 3, 40], "verdict": ["clean", "clean", "damaged"]}
    )
    quality.plot.damage_along(paragraphs, "spinning", ax=axis)
    steps = [(bar.get_x(), bar.get_width(), bar.get_height()) for bar in axis.patches]
    assert steps == [(0, 10, 0.2), (10, 3, 0.0), (13, 40, 0.9), (10, 3, 1.0)]
    with pytest.raises(UsageError, match="several documents"):
        quality.plot.damage_along(paragraphs.assign(document=[0, 0, 1]), "spinning", ax=axis)


def test_findings_are_counted_and_the_most_frequent_stand_first(axis: Any) -> None:
    quality.plot.frequent_findings(pandas.DataFrame({"code": ["S201", "M101", "S201", "B301"]}), most=2, ax=axis)
    assert [bar.get_width() for bar in axis.patches] == [2, 1]
    assert axis.get_yticklabels()[0].get_text() == "S201"


def test_length_is_drawn_against_score_with_the_thresholds(documents: Any, axis: Any) -> None:
    quality.plot.length_against_score(documents, "spinning", ax=axis)
    assert sum(len(collection.get_offsets()) for collection in axis.collections) == 5
    assert [line.get_ydata()[0] for line in axis.lines] == [0.9, 0.97]


def test_reliability_counts_both_labels_alike(axis: Any) -> None:
    # One damaged text and nine sound ones of the same score: at an even prior, half of them are damaged.
    table = pandas.DataFrame({"spinning": [0.55] * 10, "label": [True] + [False] * 9})
    quality.plot.reliability(table, "spinning", ax=axis)
    (dots,) = axis.collections
    assert np.allclose(dots.get_offsets(), [[0.55, 0.5]])
    with pytest.raises(UsageError, match="both must be there"):
        quality.plot.reliability(table.assign(label=False), "spinning", ax=axis)


def test_corpora_are_compared_by_the_share_at_or_over_a_score(documents: Any, axis: Any) -> None:
    quality.plot.compare({"old": documents[:3], "new": documents[3:]}, "spinning", ax=axis)
    assert [text.get_text() for text in axis.get_legend().get_texts()] == [
        "old: 33.3% of 3 called", "new: 50.0% of 2 called"
    ]  # fmt: skip


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow"])
def test_tables_of_every_library_and_without_rows_can_be_drawn(library: Any) -> None:
    pytest.importorskip(library)
    reports = [quality.Scorer().score("Too short to judge.")]
    for found in (reports, []):
        table = quality.frame(found, library)
        quality.plot.scores_by(table)
        quality.plot.length_against_score(table)
        quality.plot.compare({"all": table})
        quality.plot.damage_along(quality.paragraph_frame(found, library))
        quality.plot.frequent_findings(quality.finding_frame(found, library))
    from matplotlib import pyplot

    pyplot.close("all")


def test_a_column_that_is_not_there_is_named_with_those_that_are(documents: Any) -> None:
    with pytest.raises(UsageError, match=r"no column 'boilerplate'; it has spinning$"):
        quality.plot.scores_by(documents, "boilerplate")
    with pytest.raises(UsageError, match="no column 'site'; it has spinning, spinning_threshold, language"):
        quality.plot.scores_by(documents, "spinning", by="site")
