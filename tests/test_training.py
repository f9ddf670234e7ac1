from __future__ import annotations

import json
import lzma
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sparse

from quality.document import Document
from quality.errors import TrainingError
from quality.features import Batch, WordTable
from quality.features.ngrams import CHANNELS, EXPERTS, NgramModel, shape
from quality.features.translation import WINDOW, shown_words
from quality.mixture import MixtureHead
from quality.model import Head
from quality.segmentation import normalise, segment, tokenize
from quality.training.casing import casing_lexicon, count_forms
from quality.training.clusters import word_clusters
from quality.training.damage import web_damage
from quality.training.data import Text, bucket, chunks, detokenise, read_rows
from quality.training.heads import HeadData, Way, fit_head, held_out_decisions
from quality.training.ngrams import (
    TABLE,
    blank_model,
    fit_expert,
    write_ngrams,
)
from quality.training.spinning_tables import family_table
from quality.training.translation import shown_evidence


def text(words: str, document: str = "d", **changes: object) -> Text:
    values: dict[str, object] = {
        "text": words,
        "language": "en",
        "label": "human",
        "source": "s",
        "group": "g",
        "document": document,
    }
    return Text(**{**values, **changes})  # type: ignore[arg-type]


def test_chunks_never_run_over_a_document() -> None:
    segments = [text(str(n), document="a" if n < 5 else "b") for n in range(8)]
    assert [chunk.text for chunk in chunks(segments, (2, 3))] == ["0 1", "2 3 4", "5 6", "7"]


def test_a_chunk_has_the_mean_score_of_its_segments() -> None:
    (chunk,) = chunks([text("a", score=1.0), text("b", score=None), text("c", score=3.0)], (3,))
    assert chunk.score == 2.0


def test_leftover_tokenisation_is_undone() -> None:
    assert detokenise("It is &quot; well @-@ known &quot; , Ann &apos;s wife") == 'It is " well-known ", Ann\'s wife'


def test_buckets_are_even_and_depend_on_the_name_alone() -> None:
    counts = np.bincount([bucket(f"name {n}", 4) for n in range(4000)], minlength=4)
    assert counts.min() > 900
    assert bucket("name 1") == bucket("name 1")


def test_missing_and_damaged_data_are_named(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"nothing\.jsonl\.xz: missing"):
        list(read_rows(tmp_path, "nothing"))
    (tmp_path / "bad.jsonl.xz").write_bytes(lzma.compress(b'{"a": 1}\n')[:-8])
    with pytest.raises(TrainingError, match=r"bad\.jsonl\.xz: damaged"):
        list(read_rows(tmp_path, "bad"))
    (tmp_path / "good.jsonl.xz").write_bytes(lzma.compress(json.dumps({"a": 1}).encode()))
    assert list(read_rows(tmp_path, "good")) == [{"a": 1}]


def test_casing_is_learned_from_inside_sentences() -> None:
    german = "Heute kommt der Zug nach Bonn. Der Zug hält, sagt der Mann. Ein Meeting findet statt.\n" * 400
    english = "The talks go on and the meeting ends.\n" * 4000
    lexicon = casing_lexicon(count_forms([text(german)]), count_forms([text(english)]))
    assert {"zug", "bonn", "mann"} <= set(lexicon["capitalised"])
    assert {"der", "nach", "sagt"} <= set(lexicon["lower"])
    assert "talks" in lexicon["foreign"]
    assert "der" not in lexicon["foreign"]


def test_web_damage_is_seeded_and_changes_only_joins() -> None:
    clean = "The old mill (built in 1820) stands by the river, and its wheel still turns every day. It is open.\n" * 6
    damaged = web_damage(clean, random.Random(1))
    assert damaged == web_damage(clean, random.Random(1))
    assert damaged != clean
    assert damaged.count("\n") == clean.count("\n")
    letters = [character for character in clean.casefold() if character.isalpha()]
    assert sum(character.isalpha() for character in damaged) <= len(letters)


def ngram_model(*, blank: bool = False) -> NgramModel:
    size, chance = 1 << 10, np.random.default_rng(0)
    weights = chance.integers(-127, 128, (len(CHANNELS), len(EXPERTS), size)).astype(np.int8)
    scales = chance.uniform(0.01, 0.02, weights.shape[:2])
    register = chance.integers(-127, 128, size).astype(np.int8)
    if blank:
        weights, register = weights * np.int8(0), register * np.int8(0)
    return NgramModel(["the", "."], {"the": 64, "Mill": 7, "mill": 8}, weights, scales, scales[0], register, 0.01, 0.0)


def test_rare_words_become_their_shape_and_common_ones_stay() -> None:
    model = ngram_model(blank=True)
    assert [model.class_of(word) for word in ("The", "the", "Lighthouse", ".")] == ["^the", "the", "X~use", "."]
    assert shape("0000") == "0~4"


def test_a_word_has_the_cluster_of_its_spelling_else_of_its_small_letters_else_its_shape() -> None:
    model = ngram_model(blank=True)
    words = ("Mill", "MILL", "the", "Lighthouse", "0.00")
    assert [model.cluster_of(word) for word in words] == ["c7", "c8", "c64", "X~se", "0"]


def test_evidence_of_joined_paragraphs_is_exact_whatever_the_order() -> None:
    model = ngram_model()
    channels = [normalise(tokenize(words)[0]) for words in ("The first of the lot.", "Another one!", "", "And 3 more.")]
    table = WordTable.of(channels)
    together = model.weigh(table).sums(table)
    alone = [WordTable.of([channel]) for channel in channels]
    apart = [model.weigh(one).sums(one) for one in alone]
    assert together.sums.tolist() == np.concatenate([own.sums for own in apart], axis=2).tolist()
    assert together.counts.tolist() == np.concatenate([own.counts for own in apart], axis=1).tolist()
    assert model.evidence(together)[:, 2].tolist() == [0.0] * len(EXPERTS)


def test_every_expert_weighs_as_if_it_were_alone() -> None:
    model, table = ngram_model(), WordTable.of([("the", "old", "Mill", "grinds", "no", "more", ".")])
    found = model.weigh(table).sums(table).sums
    for channel, slots in enumerate(model.slots(table)):
        assert found[channel, :, 0].tolist() == model.weights[channel][:, slots].sum(axis=1, dtype=np.int64).tolist()


def test_a_model_is_read_as_it_was_written(tmp_path: Path) -> None:
    model, table = ngram_model(), WordTable.of([("the", "old", "Mill", "grinds", "no", "more", ".")])
    write_ngrams(tmp_path / "xx" / "translation.npz", model)
    with np.load(tmp_path / "xx" / "translation.npz") as arrays:
        read = NgramModel.read(arrays)
    assert (
        read.evidence(read.weigh(table).sums(table)).tolist() == model.evidence(model.weigh(table).sums(table)).tolist()
    )


def test_words_that_stand_in_the_same_places_share_a_cluster() -> None:
    chance = random.Random(5)
    nouns, verbs = [f"noun{n}" for n in range(150)], [f"verb{n}" for n in range(150)]
    sentences = [f"das {chance.choice(nouns)} hat ihn sehr {chance.choice(verbs)} worden ." for _ in range(12000)]
    clusters = word_clusters([text("\n".join(sentences))], seed=0)
    common = max(clusters.values())
    rare = {word: number for word, number in clusters.items() if number < 64}
    assert clusters["das"] != clusters["sehr"]
    assert clusters["das"] <= common
    of_nouns = {number for word, number in rare.items() if word in nouns}
    of_verbs = {number for word, number in rare.items() if word in verbs}
    assert of_nouns
    assert of_verbs
    assert not of_nouns & of_verbs


@pytest.fixture(scope="module")
def separable() -> HeadData:
    chance = np.random.default_rng(3)
    labels = np.repeat([0, 1], 2000)
    rows = chance.normal(size=(4000, 2)) + np.outer(labels, (1.5, 0.0))
    return HeadData(
        rows=rows,
        labels=labels,
        folds=np.tile(np.arange(4), 1000),
        sources=np.array([f"source {n % 3}" for n in range(4000)]),
        trains=np.ones(4000, bool),
    )


def test_a_head_is_calibrated_on_rows_it_has_not_seen(separable: HeadData) -> None:
    head, probabilities = fit_head(separable, kind="spinning", level="document", language="xx", features=("a", "b"))
    assert np.all(np.diff(head.values) >= 0)
    for low in np.arange(0, 1, 0.2):
        rows = (probabilities >= low) & (probabilities < low + 0.2)
        assert abs(probabilities[rows].mean() - separable.labels[rows].mean()) < 0.06


def test_a_threshold_keeps_its_false_alarm_rate(separable: HeadData) -> None:
    head, probabilities = fit_head(separable, kind="spinning", level="paragraph", language="xx", features=("a", "b"))
    assert (probabilities[separable.labels == 0] >= head.threshold).mean() <= 0.005
    assert "99.5% quantile of 2000 clean" in head.source


def test_a_feature_that_only_grows_with_damage_is_never_held_against_it(separable: HeadData) -> None:
    """The second feature falls with damage here by chance: it may count for nothing, not against."""
    misleading = replace(separable, rows=separable.rows - np.outer(separable.labels, (0.0, 0.7)))
    names = ("a", "b")
    free, _ = fit_head(misleading, kind="spinning", level="document", language="xx", features=names)
    assert free.coefficients[1] < -0.1
    bound = replace(misleading, increasing=np.array([True, True]))
    head, _ = fit_head(bound, kind="spinning", level="document", language="xx", features=names)
    assert head.coefficients[1] == 0.0
    alone, _ = fit_head(
        replace(misleading, rows=misleading.rows[:, :1], increasing=np.array([True])),
        kind="spinning",
        level="document",
        language="xx",
        features=("a",),
    )
    assert head.coefficients[0] == pytest.approx(alone.coefficients[0], abs=1e-3)


def test_damage_that_comes_in_two_ways_is_found_in_both() -> None:
    """Either of two features tells damage, and where one does the other speaks against it."""
    chance = np.random.default_rng(5)
    labels = np.repeat([0, 1, 1], 1000)
    first = np.repeat([False, True, False], 1000)
    second = np.repeat([False, False, True], 1000)
    shift = np.outer(first, (3.0, -3.0)) + np.outer(second, (-3.0, 3.0))
    data = HeadData(
        rows=chance.normal(size=(3000, 2)) + shift,
        labels=labels,
        folds=np.tile(np.arange(4), 750),
        sources=np.repeat("source", 3000),
        trains=np.ones(3000, bool),
    )
    both = np.ones(2, bool)
    ways = (Way(np.where(second, 0.0, 1.0), both), Way(np.where(first, 0.0, 1.0), both, sharpness=3.0))
    found = {}
    for name, one in {"one": data, "two": replace(data, ways=ways)}.items():
        head, probabilities = fit_head(one, kind="spinning", level="document", language="xx", features=("a", "b"))
        found[name] = (probabilities[labels == 1] >= head.threshold).mean()
    assert found["one"] < 0.2
    assert found["two"] > 0.8


def test_clean_text_of_all_folds_is_judged_in_one_unit() -> None:
    """Without the fold that has nearly all damage, a regression would think damage rare; its clean rows show it."""
    chance = np.random.default_rng(8)
    labels = np.tile([0, 1], 1000)
    folds = np.where((labels == 1) & (chance.random(2000) < 0.9), 0, np.arange(2000) // 2 % 4)
    data = HeadData(
        rows=chance.normal(size=(2000, 2)) + labels[:, None],
        labels=labels,
        folds=folds,
        sources=np.repeat("source", 2000),
        trains=np.ones(2000, bool),
    )
    decisions = held_out_decisions(data)
    means = [decisions[(labels == 0) & (folds == fold)].mean() for fold in range(4)]
    assert max(means) - min(means) < 0.3


def test_a_way_sees_its_own_features_alone() -> None:
    """Both features tell damage; the way that sees the second alone gives the first no weight."""
    chance = np.random.default_rng(6)
    labels = np.tile([0, 1], 500)
    data = HeadData(
        rows=chance.normal(size=(1000, 2)) + 2.0 * labels[:, None],
        labels=labels,
        folds=np.arange(1000) % 4,
        sources=np.repeat("source", 1000),
        trains=np.ones(1000, bool),
        ways=(Way(np.ones(1000), np.array([True, True])), Way(np.ones(1000), np.array([False, True]))),
    )
    head, _ = fit_head(data, kind="spinning", level="document", language="xx", features=("a", "b"))
    assert isinstance(head, MixtureHead)
    assert (head.coefficients[0] > 0).all()
    assert head.coefficients[1, 0] == 0.0
    assert head.coefficients[1, 1] > 0


def test_documentation_is_judged_in_a_way_of_its_own() -> None:
    """What tells damage elsewhere says the opposite in documentation, where only a second feature tells it."""
    chance = np.random.default_rng(9)
    labels = np.tile([0, 1], 1000)
    manual = np.arange(2000) < 1000
    shift = np.where(manual[:, None], (-2.0, 3.0), (4.0, 0.0)) * labels[:, None]
    ways = (
        Way(np.ones(2000), np.array([True, False])),
        Way(manual.astype(float), np.array([False, True]), documentation=True),
    )
    data = HeadData(
        rows=np.column_stack([chance.normal(size=(2000, 2)) + shift, manual]),
        labels=labels,
        folds=np.arange(2000) // 2 % 4,
        sources=np.where(manual, "manual", "news"),
        trains=np.ones(2000, bool),
        ways=tuple(replace(way, features=np.append(way.features, False)) for way in ways),
        register=manual.astype(float),
    )
    names = ("a", "b", "documentation")
    head, probabilities = fit_head(data, kind="spinning", level="document", language="xx", features=names)
    called = probabilities >= head.threshold
    for part in (manual, ~manual):
        assert called[part & (labels == 1)].mean() > 0.3
        assert called[part & (labels == 0)].mean() <= 0.002
    # What ships says the same as what was held out, but for what its regressions saw.
    assert np.corrcoef(head.probability(data.rows), probabilities)[0, 1] > 0.99


def with_strangers(data: HeadData, count: int, *, trains: bool, sound: bool) -> HeadData:
    """The rows, and clean ones at their end that look more than damaged."""
    strange = np.random.default_rng(4).normal(loc=(6.0, 0.0), size=(count, 2))
    return HeadData(
        rows=np.vstack([data.rows, strange]),
        labels=np.concatenate([data.labels, np.zeros(count, np.int64)]),
        folds=np.concatenate([data.folds, np.zeros(count, np.int64)]),
        sources=np.concatenate([data.sources, np.repeat("strange", count)]),
        trains=np.concatenate([data.trains, np.repeat(trains, count)]),
        sound=np.concatenate([np.ones(len(data.labels), bool), np.repeat(sound, count)]),
    )


def test_rows_that_may_not_train_still_count_for_the_threshold(separable: HeadData) -> None:
    data = with_strangers(separable, 500, trains=False, sound=True)
    head, probabilities = fit_head(data, kind="spinning", level="document", language="xx", features=("a", "b"))
    assert (probabilities[4000:] >= head.threshold).mean() <= 0.01
    assert (probabilities[2000:4000] >= head.threshold).mean() < 0.1


def test_text_that_is_not_whole_or_not_a_persons_sets_no_threshold(separable: HeadData) -> None:
    data = with_strangers(separable, 100, trains=False, sound=False)
    head, probabilities = fit_head(data, kind="spinning", level="document", language="xx", features=("a", "b"))
    assert (probabilities[4000:] >= head.threshold).mean() > 0.5
    assert (probabilities[:2000] >= head.threshold).mean() <= 0.008
    assert "of 2000 clean held-back" in head.source


def test_families_of_spinners_are_told_apart_and_those_that_taught_nothing_marked() -> None:
    labels = np.array([0, 0, 0, 1, 1, 1])
    data = HeadData(
        rows=np.zeros((6, 1)),
        labels=labels,
        folds=np.array([0, 1, 0, 0, 0, 1]),
        sources=np.array(["s"] * 6),
        trains=np.ones(6, np.bool_),
    )
    head = Head.from_dict(
        {
            **{"kind": "spinning", "level": "document", "language": "en", "features": ["f"], "source": ""},
            **{"mean": [0.0], "scale": [1.0], "coefficients": [1.0], "intercept": 0.0},
            **{"knots": [0.0, 1.0], "values": [0.0, 1.0], "threshold": 0.5},
        }
    )
    probabilities, shares = np.array([0.1, 0.2, 0.3, 0.9, 0.2, 0.8]), np.array([0, 0, 0, 0.3, 0.05, 0.2])
    table = family_table(head, data, probabilities, shares, ("first", "roget"))
    assert "| first | 2 | 50.0% | 0.750 | 1 | 100.0% | 1.000 |" in table
    assert "| roget* | 1 | 100.0% | 1.000 | 1 | 100.0% | 1.000 |" in table


def test_slots_that_tell_nothing_by_themselves_are_held_back() -> None:
    """One slot tells the labels apart, a thousand others are chance: by ratio the one weighs more beside them."""
    chance = np.random.default_rng(7)
    labels = np.tile([0, 1], 50)
    rows = (chance.random((100, 1001)) < 0.1).astype(np.float32)
    rows[:, 0] = chance.random(100) < np.where(labels == 1, 0.9, 0.1)
    found = sparse.csr_matrix(rows)
    matrix = sparse.csr_matrix((found.data, found.indices, found.indptr), (100, len(CHANNELS) * TABLE))
    shares = {}
    for by_ratio in (False, True):
        weights, _, _ = fit_expert(matrix, labels, np.ones(100), by_ratio=by_ratio)
        size = np.abs(weights[0, :1001].astype(np.float64))
        shares[by_ratio] = size[0] / size.sum()
    assert shares[True] > 2.0 * shares[False]


def test_one_stretch_in_twenty_of_what_people_write_is_worth_a_look() -> None:
    chance = np.random.default_rng(9)
    names = [f"word{letter}" for letter in "abcdefgh"]
    blank = blank_model(names, {})
    blank.scales[:] = 0.1
    weights = chance.integers(-60, 60, blank.weights.shape).astype(np.int8)
    model = NgramModel(names, {}, weights, blank.scales, blank.intercepts, blank.register_weights, 1.0, -9.0)
    written = [" ".join(chance.choice(names, 40)) for _ in range(400)]
    texts = [Text(text, "de", "human", "clean/a", "a", str(number)) for number, text in enumerate(written)]
    least = shown_evidence(texts, model)
    batch = Batch.of([segment(Document(text)) for text in written[::10]])
    evidence = shown_words(model, model.weigh(batch.channel), np.zeros(len(batch.channel.rows)))
    stretches = np.array(
        [evidence[at : at + WINDOW].mean() for run in range(40) for at in range(run * 40, run * 40 + 37)]
    )
    assert (stretches >= least).mean() == pytest.approx(0.05, abs=0.001)
