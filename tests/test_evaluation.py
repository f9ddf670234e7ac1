"""Judgements, figures and tables of evaluation."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from conftest import Run
from sklearn.metrics import roc_auc_score

from quality.errors import EvaluationError
from quality.model import default_models
from quality.training.baselines import ablations, baselines
from quality.training.card import TEMPLATES, filled
from quality.training.data import Text
from quality.training.figures import Cell, Table, shown
from quality.training.heads import HeadData, fit_head, held_out_decisions
from quality.training.judgements import Judgement, Judgements, Subject, judgements, read_judgements, write_judgements
from quality.training.metrics import (
    RESAMPLES,
    Estimate,
    Sample,
    _resampled,
    auroc,
    calibration_error,
    estimates,
    precision,
    rate,
    recall_at,
)
from quality.training.summary import document, tables


def sample(scores: list[float], damaged: list[bool], *, threshold: float = 0.5) -> Sample:
    values = np.array(scores)
    return Sample(values, np.array(damaged), values >= threshold, np.arange(len(scores)))


def judgement(**changes: object) -> Judgement:
    known = {field.name for field in fields(Subject)} - {"score"}
    subject = {name: changes.pop(name) for name in list(changes) if name in known}
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


def test_one_site_has_a_rate_and_no_interval() -> None:
    one = Sample(np.array([0.9, 0.1, 0.2]), np.zeros(3, bool), np.array([True, False, False]), np.zeros(3, np.int64))
    found = rate(one, damaged=False)
    assert found is not None
    assert shown(found, "rate") == "33.33%"


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


def rows_of(count: int = 240) -> tuple[Judgement, ...]:
    """Judgements on old and new engines, on people's text of their tasks and on a site, with baselines."""
    chance = np.random.default_rng(4)
    found = []
    for level in ("document", "paragraph"):
        for at in range(count):
            quality = at % 4  # of the system: 0 is the weakest
            common = {"level": level, "words": 30 + 4 * at, "segments": 3, "domain": "news"}
            old, new = (float(chance.normal(0.9 - 0.1 * quality - late, 0.05)) for late in (0.0, 0.2))
            machine = {**common, "source": "mt/a", "system": f"system {quality}", "unit": f"page {at}"}
            tasks = (("old/de", 2013, old, {"system_score": float(quality)}), ("new/de", 2021, new, {}))
            for task, year, score, more in tasks:
                known = {**machine, **more, "task": task, "year": year, "overlap": 0.3 + 0.1 * quality}
                known |= {"score": min(max(score, 0.0), 1.0), "aside": year == 2021 and quality == 3}
                found.append(judgement(**known, others={"length only": 0.0, "without traces": score}))
            low = float(chance.uniform(0.0, 0.3))
            person = {**common, "damaged": False, "score": low, "others": {"length only": 0.0, "without traces": low}}
            found.append(judgement(**person, source="mt/a", task="old/de", year=2013, unit=f"page {at}"))
            found.append(judgement(**{**person, "source": "web/site", "segments": None}, unit=f"site {at % 9}"))
    return tuple(found)


@pytest.fixture(scope="module")
def made() -> list[Table]:
    return tables(Judgements("abc123", rows_of()))


def cells(table: Table, row: int = 0) -> dict[str, Cell]:
    return {column.name: cell for column, cell in zip(table.columns, table.rows[row], strict=True)}


def test_tables_tell_engines_apart_and_follow_their_quality(made: list[Table]) -> None:
    found = {table.title: table for table in made}
    engines = {str(row[0]).split(": ")[1]: row for row in found["Engines"].rows if "documents" in str(row[0])}
    assert list(engines) == [
        "engines up to 2015",
        "weakest quarter of neural systems from 2019 on",
        "all neural systems from 2019 on",
        "systems from 2019 on that are known to be as good as a person",
    ]
    weakest = engines["weakest quarter of neural systems from 2019 on"]
    assert weakest[1] == 60  # the weakest system's texts alone
    by_task = cells(found["Severity of systems, by task"], 1)
    assert (by_task["task"], by_task["measured by"], by_task["ρ"]) == ("old/de", "official", 1.0)
    assert cells(found["Severity of systems, by task"], 0)["measured by"] == "overlap"
    # What stands aside is in the tables on engines alone: three of four systems of the new task are counted.
    overview = cells(found["Found, and wrongly called"])
    assert (overview["clean"], overview["damaged"]) == (480, 240 + 180)
    assert overview["worst source of 100 or more"] == "0.00% web/site"
    assert cells(found["Baselines"], 1)["AUROC"] == 0.5


def test_false_alarms_are_of_whole_texts_that_people_wrote_and_the_others_stand_beside() -> None:
    common = {"kind": "spinning", "damaged": False, "source": "web/site"}
    people = ("human", "human:refA")
    whole = [judgement(**common, system=people[at % 2], unit=str(at), score=0.1) for at in range(8)]
    untold = [judgement(**common, unit="untold", score=0.9)]
    passages = [judgement(**common, system="human", part=True, score=score) for score in (0.1, 0.9)]
    machine = [judgement(**common, system="online-A", score=score) for score in (0.1, 0.1, 0.1, 0.9)]
    tampered = [judgement(**common, system="human", altered=True, score=0.9)]
    spun = [judgement(kind="spinning", source="web/site", system="mythes", score=0.9)]
    judged = Judgements("abc123", (*whole, *untold, *passages, *machine, *tampered, *spun))
    found = {table.title: table for table in tables(judged)}
    overview = cells(found["Found, and wrongly called"])
    assert (overview["clean"], overview["damaged"]) == (9, 1)
    alarms = {row[1]: (row[2], row[3].value) for row in found["False alarms"].rows if isinstance(row[3], Estimate)}
    assert alarms == {
        "all": (9, pytest.approx(1 / 9)),
        "machine translation": (4, 0.25),
        "passages of these texts": (2, 0.5),
    }


def test_a_slice_with_few_clean_texts_is_compared_with_all(made: list[Table]) -> None:
    table = next(table for table in made if table.title.startswith("By source"))
    assert [row[0] for row in table.rows] == ["mt/a", "web/site"]
    assert cells(table)["against"] == "own"
    assert cells(table, 1)["AUROC"] is None
    by_system = next(table for table in made if table.title.startswith("By system"))
    assert {row[5] for row in by_system.rows if row[3]} == {"all"}


def test_tables_are_the_same_every_time() -> None:
    judged = Judgements("abc123", rows_of(20))
    assert document(tables(judged), judged, "json") == document(tables(judged), judged, "json")


def test_tables_print_in_every_form_and_json_holds_their_numbers(made: list[Table]) -> None:
    judged = Judgements("abc123", ())
    record = json.loads(document(made, judged, "json"))
    assert record["signature"] == "abc123"
    first = record["tables"][0]["rows"][0]
    overview = cells(made[0])
    assert isinstance(overview["AUROC"], Estimate)
    assert first["AUROC"]["value"] == pytest.approx(overview["AUROC"].value, abs=1e-6)
    assert all(len(row) == len(table.columns) for table in made for row in table.rows)
    text = document(made, judged, "text")
    assert "machine translation, documents, de" in text
    assert "| machine translation, documents, de |" in document(made, judged, "markdown")


def test_cards_are_for_the_models_that_were_judged() -> None:
    models = default_models()
    judged = Judgements(models.signature, rows_of())
    for name in TEMPLATES:
        written = filled(name, judged, models)
        assert f"signature {models.signature}" in written.replace("*", "")
        assert TEMPLATES[name] in written
        assert "$" not in written
        assert "engines up to 2015" in written
    with pytest.raises(EvaluationError, match=r"predictions of models abc123, but the models in"):
        filled("LIMITS.md", Judgements("abc123", rows_of(8)), models)


SOUND = (
    "The old mill stands by the river, and its wheel still turns every day. People from the village bring their "
    "grain on Fridays, wait in the yard, and talk about the weather until the miller calls them in."
)


def test_labelled_text_is_scored_and_told_by_kind(quality: Run, tmp_path: Path) -> None:
    records = [
        {
            "body": f"{SOUND} Number {at}.",
            "kind": "human",
            "system": "cms",
            "site": f"site {at % 3}",
            "year": "2001-02-03",
        }
        for at in range(6)
    ]
    records += [{"body": f"Spun {SOUND}", "kind": "spun"}, {"body": "Too short.", "kind": "mt"}]
    (tmp_path / "labelled.jsonl").write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    fields = ("--text-field", "body", "--label-field", "kind", "--field", "source=site")
    done = quality("evaluate", "labelled.jsonl", *fields, "--language", "en", "--format", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    counts = {row["text"]: row for row in found["tables"][0]["rows"]}
    documents = counts["machine translation, documents, en"]
    assert (documents["clean"], documents["damaged"], documents["too short"]) == (6, 1, 1)
    assert documents["recall"]["value"] == 0.0
    # Spun text is no clean text for machine translation, nor the reverse.
    assert (counts["spinning, documents, en"]["clean"], counts["spinning, documents, en"]["damaged"]) == (6, 1)


@pytest.mark.parametrize(
    ("record", "arguments", "message"),
    [
        ({"text": SOUND}, (), 'labelled.jsonl:1: has no field "label" (it has text); name the right one'),
        ({"text": SOUND, "label": "fine"}, (), 'its "label" is "fine"; write one of machine_translation, mt'),
        ({"words": SOUND, "label": "mt"}, (), 'has no field "text" (it has "words", "label")'),
        ({"text": SOUND, "label": "mt"}, ("--field", "colour=tint"), "--field colour=tint: write OURS=YOURS"),
        ({"text": SOUND, "label": "mt"}, ("--predictions", "x"), "one of the two"),
        ({"text": SOUND, "label": "mt"}, ("--limits", "x"), "need --predictions"),
    ],
)
def test_what_cannot_be_evaluated_is_one_line(
    quality: Run, tmp_path: Path, record: dict[str, str], arguments: tuple[str, ...], message: str
) -> None:
    (tmp_path / "labelled.jsonl").write_text(json.dumps(record), encoding="utf-8")
    done = quality("evaluate", "labelled.jsonl", *arguments)
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert message in done.stderr.decode()
