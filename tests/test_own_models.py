"""Models of one's own: what data are refused, what adapting changes, and a language that was not there."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from quality import Scorer
from quality.adapted import AdaptedHead
from quality.errors import TrainingError, UsageError
from quality.estimators import FEATURES, DamageFeatures
from quality.features.fluency import language_model
from quality.model import Head, Models, bundled_models, read_head
from quality.training.generated import DamageMaker
from quality.training.labelled import Fields
from quality.training.new_language import add_language
from quality.training.own import adapt_models, output_directory
from quality.training.own_data import Labelled, checked, folds_of, read_own

_SUBJECTS = ("the pump", "a valve", "each gauge", "the old boiler", "our crane", "one lamp", "the gate", "a winch")
_VERBS = ("drains", "lifts", "warms", "opens", "closes", "turns", "holds", "moves")
_OBJECTS = ("the lower basin", "a crate of nails", "the north hall", "every second door", "two long beams", "the yard")
_WHEN = ("before noon", "after the shift", "on wet days", "when the bell rings", "twice a week", "in the morning")


def _clean(chance: random.Random, sentences: int = 8) -> str:
    """A manual's page, in English that is always the same and yet never twice."""
    parts = [
        f"{chance.choice(_SUBJECTS)} {chance.choice(_VERBS)} {chance.choice(_OBJECTS)} {chance.choice(_WHEN)}."
        for _ in range(sentences)
    ]
    return " ".join(part[0].upper() + part[1:] for part in parts)


def _damaged(chance: random.Random) -> str:
    """The same, of an engine with a habit of its own that no shipped model knows: it is good English."""
    return _clean(chance).replace(".", ", as it were.")


def _spanish(chance: random.Random, sentences: int = 8) -> str:
    """The same sort of page in Spanish, which the shipped models do not judge."""
    things = ("la bomba", "una grúa", "el patio", "la caldera vieja", "un farol", "la puerta", "el sótano", "una viga")
    verbs = ("abre", "cierra", "levanta", "calienta", "mueve", "limpia")
    times = ("antes del mediodía", "después del turno", "cuando llueve mucho", "todos los días", "por la mañana")
    parts = (
        f"{chance.choice(things)} {chance.choice(verbs)} {chance.choice(things)} {chance.choice(times)}."
        for _ in range(sentences)
    )
    return " ".join(part[0].upper() + part[1:] for part in parts)


def _bad_spanish(chance: random.Random) -> str:
    return _spanish(chance).replace(" la ", " de lo ").replace(" una ", " a un ").replace(" el ", " el de ")


def _records(number: int, sites: int = 6) -> list[dict[str, str]]:
    chance = random.Random(0)
    return [
        {
            "text": (_damaged if at % 2 else _clean)(chance),
            "label": "mt" if at % 2 else "clean",
            "site": f"site {at // 2 % sites}",
        }
        for at in range(number)
    ]


def _write(path: Path, records: Sequence[Mapping[str, object]]) -> str:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def adapted(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    folder = tmp_path_factory.mktemp("own")
    data = _write(folder / "labelled.jsonl", _records(120))
    told = adapt_models([data], bundled_models(), folder / "mine", Fields(group="site"))
    return told, folder / "mine"


def _translation(scorer: Scorer, text: str) -> float:
    score = scorer.score(text).scores["machine_translation"]
    assert score is not None
    return score


def test_adapting_learns_a_habit_that_the_base_does_not_know(adapted: tuple[str, Path]) -> None:
    told, directory = adapted
    chance = random.Random(1)
    texts = [_clean(chance) for _ in range(10)] + [_damaged(chance) for _ in range(10)]
    scorer = Scorer(Models(directory), language="en")
    scores = [_translation(scorer, text) for text in texts]
    assert max(scores[:10]) < min(scores[10:])
    assert "60 damaged and 60 clean documents in 6 groups" in told
    assert "better on text like this" in told


def test_text_unlike_what_was_labelled_keeps_the_score_of_the_base(adapted: tuple[str, Path]) -> None:
    text = (
        "Parliament rose early yesterday. Several members complained that nobody had told them why, and the speaker, "
        "asked by reporters whether illness or weather lay behind it, declined to comment and drove home."
    )
    mine, base = Scorer(Models(adapted[1])), Scorer(bundled_models())
    assert _translation(mine, text) == pytest.approx(_translation(base, text), abs=1e-4)


def test_adapted_models_score_alike_alone_and_together(adapted: tuple[str, Path]) -> None:
    chance = random.Random(2)
    texts = [_clean(chance), _damaged(chance), "Too short.", _clean(chance, 30)]
    scorer = Scorer(Models(adapted[1]))
    assert [scorer.score(text).to_dict() for text in texts] == [
        report.to_dict() for report in scorer.score_batch(texts)
    ]


def test_adapted_models_give_the_features_of_texts_with_their_own_log_odds(adapted: tuple[str, Path]) -> None:
    text, models = _damaged(random.Random(3)), Models(adapted[1])
    row = DamageFeatures(models=models, language="en").transform([text])[0]
    score = _translation(Scorer(models, language="en"), text)
    assert row[FEATURES.index("machine_translation_log_odds")] == pytest.approx(np.log(score / (1.0 - score)))


def test_adapted_models_verify_name_their_base_and_have_a_card(adapted: tuple[str, Path]) -> None:
    told, directory = adapted
    models = Models(directory)
    models.verify()
    assert models.manifest["base"] == bundled_models().signature
    card = (directory / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert models.signature in card
    assert all(line.strip() in card for line in told.splitlines())


def test_a_threshold_is_never_lowered(adapted: tuple[str, Path]) -> None:
    models = Models(adapted[1])
    for level in ("document", "paragraph"):
        mine, base = (one.head("machine_translation", level, "en") for one in (models, bundled_models()))
        assert isinstance(mine, AdaptedHead)
        assert base is not None
        assert mine.threshold >= base.threshold


def test_what_was_adapted_is_not_adapted_again(adapted: tuple[str, Path], tmp_path: Path) -> None:
    data = _write(tmp_path / "labelled.jsonl", _records(120))
    with pytest.raises(TrainingError, match="adapted already"):
        adapt_models([data], Models(adapted[1]), tmp_path / "more", Fields(group="site"))


def test_an_adapted_head_survives_its_record() -> None:
    zeros, ones = np.zeros(1), np.ones(1)
    base = Head(
        "spinning", "document", "en", ("a",), zeros, ones, ones,
        0.0, np.array([-9.0, 9.0]), np.array([0.1, 0.9]), 0.8, "test",
    )  # fmt: skip
    head = AdaptedHead(
        "spinning", "document", "en", ("a", "evidence", "nearness"), np.zeros(3), np.ones(3), np.array([0.0, 2.0, 0.0]),
        0.5, np.array([-9.0, 9.0]), np.array([0.0, 1.0]), 0.8, "test", base,
    )  # fmt: skip
    again = read_head(json.loads(json.dumps(head.to_dict())))
    rows = np.array([[0.3, 1.0, 1.0], [0.3, 1.0, 0.0], [0.3, 1.0, np.nan]])
    assert again.decision(rows).tolist() == head.decision(rows).tolist()
    # Far from what was labelled, and where that is not known, nothing is added: 2 · 1 + 0.5 elsewhere.
    near, far, unknown = head.decision(rows)
    assert near - far == pytest.approx(2.5)
    assert far == unknown


def _changed(change: Callable[[list[dict[str, str]]], object]) -> list[dict[str, str]]:
    records = _records(120)
    change(records)
    return records


@pytest.mark.parametrize(
    ("records", "told"),
    [
        (_records(40), "20 machine-translation and 20 clean documents: too few"),
        (_records(120)[::2], "none damaged"),
        (_records(120)[1::2], "all 60 texts are machine-translation"),
        (_changed(lambda rows: rows[4].update(label="bad")), r'1 of 120 records .*labelled.jsonl:5 "bad"'),
        (_changed(lambda rows: rows[4].pop("label")), "1 of 120 records have no label"),
        (_changed(lambda rows: rows.extend({**row, "site": "x"} for row in rows[:9])), "9 of 129 documents stand in"),
        (_changed(lambda rows: rows.append({**rows[0], "label": "mt"})), "2 records are of texts that have two labels"),
        (_changed(lambda rows: [row.update(site=row["label"]) for row in rows]), "label and group go together"),
    ],
    ids=["few", "clean alone", "damaged alone", "label", "no label", "twice", "two labels", "label by group"],
)
def test_data_that_cannot_support_training_is_refused_with_counts(
    records: list[dict[str, str]], told: str, tmp_path: Path
) -> None:
    data = _write(tmp_path / "labelled.jsonl", records)
    with pytest.raises(TrainingError, match=told):
        adapt_models([data], bundled_models(), tmp_path / "mine", Fields(group="site"))
    assert not (tmp_path / "mine").exists()


def test_few_texts_that_stand_twice_are_left_out_and_counted(tmp_path: Path) -> None:
    records = _records(120)
    data = _write(tmp_path / "labelled.jsonl", [*records, records[0], {**records[1], "site": "elsewhere"}])
    texts, left_out = checked(read_own([data], Fields(group="site")), "machine_translation")
    assert (len(texts), left_out) == (120, 2)


def test_a_group_is_never_on_both_sides_of_a_fold() -> None:
    texts = [Labelled(f"text {at}", "spinning" if at % 2 else None, f"group {at % 7}", str(at)) for at in range(140)]
    folds = folds_of(texts)
    assert all(
        len({int(fold) for text, fold in zip(texts, folds, strict=True) if text.group == f"group {at}"}) == 1
        for at in range(7)
    )
    assert len(set(folds.tolist())) == 5


def test_output_that_holds_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("not models")
    with pytest.raises(UsageError, match="holds no models"), output_directory(tmp_path, bundled_models()):
        pass
    assert (tmp_path / "thesis.txt").read_text() == "not models"


def test_made_damage_keeps_paragraphs_and_changes_words() -> None:
    chance = random.Random(3)
    texts = [_clean(chance) + "\n" + _clean(chance) for _ in range(30)]
    maker = DamageMaker(texts)
    damaged = maker.damaged(texts[0], chance)
    assert damaged.count("\n") == 1
    assert damaged != texts[0]
    assert len(damaged.split()) == pytest.approx(len(texts[0].split()), rel=0.3)


def test_too_little_plain_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "plain.txt").write_text("Pocas palabras no bastan.\n")
    with pytest.raises(TrainingError, match="4 words of plain text, too few"):
        add_language(
            [], [str(tmp_path)], bundled_models(), tmp_path / "mine", Fields(), language="es", tools=None, seed=0
        )


#: Where scripts/build_tools.sh puts KenLM's tools, unless QUALITY_TOOLS names another directory.
_TOOLS = Path(os.environ.get("QUALITY_TOOLS", "build/tools"))


@pytest.mark.parametrize(
    "with_language_model",
    [
        False,
        pytest.param(
            True,
            marks=pytest.mark.skipif(
                not (_TOOLS / "bin" / "lmplz").exists(),
                reason=f"no lmplz in {_TOOLS}/bin: scripts/build_tools.sh builds it; QUALITY_TOOLS names its directory",
            ),
        ),
    ],
    ids=["classifiers", "language model too"],
)
def test_a_new_language_comes_of_one_command(with_language_model: bool, tmp_path: Path) -> None:
    chance = random.Random(5)
    (tmp_path / "plain.txt").write_text("\n".join(_spanish(chance, 12) for _ in range(1300)), encoding="utf-8")
    records = [
        {"text": (_bad_spanish if at % 2 else _spanish)(chance), "label": "mt" if at % 2 else "clean", "site": at // 20}
        for at in range(160)
    ]
    data, mine = _write(tmp_path / "labelled.jsonl", records), tmp_path / "mine"
    more = ("--language-model", "--tools", str(_TOOLS)) if with_language_model else ()
    status, error = _command(
        *("--data", data, "--field", "group=site", "--text", str(tmp_path / "plain.txt")),
        *("--base", "bundled", "--output", str(mine), *more),
    )
    assert status == 0, error
    models = Models(mine)
    models.verify()
    assert set(models.languages) == {*bundled_models().languages, "es"}
    assert "Spanish, machine-translation: from 80 clean, 80 machine-translation" in (mine / "MODEL_CARD.md").read_text()
    model = language_model(models, "es")
    assert (model is not None) == with_language_model
    if model is not None:
        assert model.score("La bomba abre el patio .") > model.score("patio el abre bomba La .")
    scorer = Scorer(models)
    scores = [_translation(scorer, make(chance)) for make in (_spanish, _bad_spanish) for _ in range(5)]
    assert max(scores[:5]) < min(scores[5:])


def test_with_few_groups_a_new_language_says_that_others_do_worse(tmp_path: Path) -> None:
    chance = random.Random(7)
    (tmp_path / "plain.txt").write_text("\n".join(_spanish(chance, 12) for _ in range(1300)), encoding="utf-8")
    records = [
        {"text": (_bad_spanish if at % 2 else _spanish)(chance), "label": "mt" if at % 2 else "clean", "site": at // 40}
        for at in range(80)
    ]
    data, plain = _write(tmp_path / "labelled.jsonl", records), [str(tmp_path / "plain.txt")]
    told = add_language(
        [data], plain, bundled_models(), tmp_path / "mine", Fields(group="site"), language="es", tools=None, seed=0
    )
    assert "With 2 groups, fewer than 5, single documents were held back" in told
    assert told.splitlines()[-1].strip() in (tmp_path / "mine" / "MODEL_CARD.md").read_text()


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("es", r"lmplz: not found; build it with scripts/build_tools\.sh"),
        # A bundled language keeps its own.
        ("en", r"leave out --text and --language-model \(the classifiers learned"),
    ],
)
def test_a_language_model_that_cannot_be_is_refused(tmp_path: Path, language: str, told: str) -> None:
    chance = random.Random(6)
    plain = tmp_path / "plain.txt"
    plain.write_text("\n".join(_clean(chance, 12) for _ in range(1300)), encoding="utf-8")
    with pytest.raises(TrainingError, match=told):
        add_language(
            [], [str(plain)], bundled_models(), tmp_path / "mine", Fields(), language=language, tools=tmp_path, seed=0
        )
    assert not (tmp_path / "mine").exists()


def _command(*arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "quality", "train", *arguments], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--output", "x", "--base", "bundled"), "--base needs labelled text"),
        (("--output", "x", "--data", "seeds"), "to build all models name one --data directory and --tools"),
        (("--output", "x", "--data", "pyproject.toml", "--tools", "t"), "add --base bundled"),
        (("--output", "x", "--data", "d", "--base", "bundled", "--language-model"), "--language-model is built from"),
    ],
)
def test_train_says_what_is_missing(arguments: tuple[str, ...], told: str) -> None:
    status, error = _command(*arguments)
    assert (status, told in error) == (2, True), error
