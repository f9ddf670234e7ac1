"""Judgements, figures and tables of evaluation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from quality.errors import EvaluationError
from quality.training.baselines import ablations, baselines
from quality.training.data import Text
from quality.training.heads import HeadData, fit_head, held_out_decisions
from quality.training.judgements import Judgement, Subject, judgements, read_judgements, write_judgements
from quality.training.metrics import (
    RESAMPLES,
    Sample,
    _resampled,
    auroc,
    calibration_error,
    estimates,
    precision,
    rate,
    recall_at,
)


def sample(scores: list[float], damaged: list[bool], *, threshold: float = 0.5) -> Sample:
    values = np.array(scores)
    return Sample(values, np.array(damaged), values >= threshold, np.arange(len(scores)))


def judgement(**changes: object) -> Judgement:
    subject = {name: changes.pop(name) for name in list(changes) if name in Subject.__slots__ and name != "score"}
    values: dict[str, object] = {
        "kind": "machine_translation",
        "level": "document",
        "language": "de",
        "damaged": True,
        "score": 0.9,
        "threshold": 0.5,
        **changes,
    }
    return Judgement(subject=Subject(**subject), **values)  # type: ignore[arg-type]


def test_a_text_that_was_not_judged_is_not_called_and_is_the_last_to_be_found() -> None:
    whole = sample([0.9, 0.8, -np.inf, 0.1, 0.2, 0.3], [True, True, True, False, False, False])
    assert auroc(whole) == pytest.approx(6 / 9)
    assert recall_at(whole, 0.01) == pytest.approx(2 / 3)
    found = rate(whole, damaged=True)
    assert found is not None
    assert found.value == pytest.approx(2 / 3)
    assert calibration_error(whole) == pytest.approx(calibration_error(whole.take(np.isfinite(whole.scores))))
    assert not replace(judgement(), score=None).called


def test_recall_keeps_to_the_rate_where_scores_are_tied() -> None:
    scores, damaged = [0.5] * 20 + [0.9], [False] * 10 + [True] * 11
    assert recall_at(sample(scores, damaged), 0.01) == pytest.approx(1 / 11)


def test_intervals_are_of_the_figures_that_scikit_learn_gives_for_a_resample() -> None:
    chance = np.random.default_rng(0)
    damaged = np.arange(120) % 3 == 0
    scores = np.round(np.clip(chance.normal(0.4 + 0.2 * damaged, 0.2), 0, 1), 2)  # with ties
    whole = Sample(scores, damaged, scores > 0.5, np.arange(120) // 4)
    drawn = _resampled(whole, seed=5)
    generator = np.random.default_rng(5)
    weights = generator.multinomial(30, np.full(30, 1 / 30), size=RESAMPLES)
    # Units are numbered in order of their names here, and texts were sorted by score.
    for at in (0, 7, RESAMPLES - 1):
        repeats = weights[at][whole.units]
        assert drawn["auroc"][at] == pytest.approx(roc_auc_score(damaged, scores, sample_weight=repeats))
        rows = np.repeat(np.arange(120), repeats)
        again = Sample(scores[rows], damaged[rows], whole.called[rows], rows)
        assert drawn["recall_1"][at] == pytest.approx(recall_at(again, 0.01))
        assert drawn["calibration"][at] == pytest.approx(calibration_error(again))


def test_intervals_are_wider_where_texts_hang_together() -> None:
    chance = np.random.default_rng(1)
    damaged = np.arange(400) % 2 == 0
    shift = np.repeat(chance.normal(size=20), 20)
    scores = 1 / (1 + np.exp(-(chance.normal(size=400) * 0.3 + shift + 0.5 * damaged)))
    called = scores > 0.5
    apart = estimates(Sample(scores, damaged, called, np.arange(400)))["auroc"]
    together = estimates(Sample(scores, damaged, called, np.arange(400) // 20))["auroc"]
    assert apart.value == together.value
    assert apart.low < apart.value < apart.high
    loose = rate(Sample(scores, damaged, called, np.arange(400) // 20), damaged=True)
    tight = rate(Sample(scores, damaged, called, np.arange(400)), damaged=True)
    assert loose is not None
    assert tight is not None
    assert loose.high - loose.low > tight.high - tight.low


def test_calibration_is_told_for_an_even_prior() -> None:
    chance = np.random.default_rng(2)
    odds = chance.uniform(size=20000)
    damaged = chance.uniform(size=20000) < odds
    calibrated = Sample(odds, damaged, odds > 0.5, np.arange(20000))
    assert calibration_error(calibrated) < 0.02
    # A tenth of the clean texts: nothing changes, since both labels weigh the same.
    fewer = calibrated.take(damaged | (np.arange(20000) % 10 == 0))
    assert calibration_error(fewer) < 0.03
    assert calibration_error(replace(calibrated, scores=odds**3)) > 0.1


def test_precision_falls_with_the_base_rate() -> None:
    assert precision(0.5, 0.001, 0.5) > 0.99
    assert precision(0.5, 0.001, 0.005) == pytest.approx(0.715, abs=1e-3)
    assert np.isnan(precision(0.0, 0.0, 0.05))


@pytest.fixture(scope="module")
def head_data() -> HeadData:
    chance = np.random.default_rng(3)
    labels = np.tile([0, 1], 300)
    rows = chance.normal(size=(600, 3)) + np.outer(labels, (1.5, 0.0, 0.3))
    words = ("quite a while ago it was", "of the and of a the")
    return HeadData(
        rows=rows,
        labels=labels,
        folds=np.arange(600) // 2 % 4,
        sources=np.array([f"source {n % 3}" for n in range(600)]),
        trains=np.ones(600, bool),
        weights=np.where(np.arange(600) >= 598, 0.0, 1.0),
        texts=tuple(words[label] for label in labels),
        subjects=tuple(Subject(source=f"source {n % 3}", unit=str(n), words=60) for n in range(600)),
    )


NAMES = ("document_prose_evidence", "document_log_words", "document_log_probability")


def test_rows_without_weight_are_judged_and_change_nothing_else(head_data: HeadData) -> None:
    kept = head_data.take(np.arange(600) < 598)
    options = {"kind": "spinning", "level": "document", "language": "xx", "features": NAMES}
    whole, probabilities = fit_head(replace(head_data, trains=head_data.counts), **options)  # type: ignore[arg-type]
    part, fewer = fit_head(kept, **options)  # type: ignore[arg-type]
    assert len(probabilities) == 600
    assert whole.threshold == pytest.approx(part.threshold)
    assert probabilities[:598] == pytest.approx(fewer)


def test_held_out_judgements_come_back_from_their_file(head_data: HeadData, tmp_path: Path) -> None:
    head, probabilities = fit_head(head_data, kind="spinning", level="document", language="xx", features=NAMES)
    others = baselines(head_data, NAMES) | ablations(head_data, NAMES)
    assert set(others) == {
        *("length only", "stop words only", "perplexity only"),
        *("without n-grams", "without fluency", "without length"),
    }
    rows = tuple(judgements(head, head_data, probabilities, others))
    assert [row.aside for row in rows[-3:]] == [False, True, True]
    path = tmp_path / "predictions.jsonl.xz"
    write_judgements(path, "abc123", rows)
    found = read_judgements(path)
    assert found.signature == "abc123"
    assert found.rows == rows


def test_each_baseline_sees_its_own_feature_alone(head_data: HeadData) -> None:
    found = baselines(head_data, NAMES)
    areas = {name: roc_auc_score(head_data.labels, values) for name, values in found.items()}
    assert areas["stop words only"] == 1.0
    assert areas["length only"] < 0.6
    assert ablations(head_data, NAMES)["without length"] == pytest.approx(
        held_out_decisions(replace(head_data, rows=head_data.rows[:, [0, 2]]))
    )


@pytest.mark.parametrize("content", [b"", b"\xfd7zXZ\x00 no xz", b'{"text": "labelled"}\n'])
def test_what_is_no_file_of_predictions_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "wrong.xz"
    path.write_bytes(content)
    with pytest.raises(EvaluationError, match=r"wrong\.xz: no file of predictions"):
        read_judgements(path)


def test_documents_in_all_their_translations_are_one_unit() -> None:
    text = Text("…", "de", "mt", "mt/a.de", "a", "news20/en-de|system|en|page 7", system="system", domain="news")
    other = replace(text, document="news20/en-de|another|en|page 7")
    known = {"words": 50, "segments": 3, "score": None, "altered": False}
    units = {Subject.of(one, **known).unit for one in (text, other)}  # type: ignore[arg-type]
    assert units == {"news20/en-de|page 7"}
    # Where documents are not told apart, texts are units by themselves, and sites, books and authors are whole.
    nameless = Subject.of(replace(text, document="news20/en-de|system|en|"), **known)  # type: ignore[arg-type]
    assert nameless.unit == ""
    page = Text("…", "de", "human", "web/x", "site", "page 7", domain="blog")
    assert Subject.of(page, **known).unit == "site"  # type: ignore[arg-type]
