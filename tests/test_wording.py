"""Which words are shown of a text that reads as machine-translated."""

from __future__ import annotations

import json
import lzma
import random
from itertools import product
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.document import Document
from quality.features import Batch, translation, wording
from quality.features.ngrams import NgramModel
from quality.features.wording import Shown, SlipModel, Slips
from quality.model import Models, default_models
from quality.segmentation import segment
from quality.training.data import Text, bucket
from quality.training.manifest import write_manifest
from quality.training.wording import (
    changed_words,
    corrections,
    least_shown,
    made_corrections,
    train_wording,
)

BROKEN = "Nach der Sitzung der Rat hat dem Antrag von die Gemeinde zugestimmt, obwohl viele Bürger dagegen waren."
SOUND = "Nach der Sitzung hat der Rat dem Antrag der Gemeinde zugestimmt, obwohl viele Bürger dagegen waren."


def batch_of(*texts: str) -> Batch:
    return Batch.of([segment(Document(text)) for text in texts])


def german() -> tuple[Slips, NgramModel]:
    """What ships for German."""
    slips, ngrams = wording.slips(default_models(), "de"), translation.ngram_model(default_models(), "de")
    assert slips is not None
    assert ngrams is not None
    return slips, ngrams


def evidence(*texts: str) -> np.ndarray:
    slips, ngrams = german()
    return slips.shown(batch_of(*texts), ngrams).evidence


def test_words_that_do_not_fit_their_neighbours_have_more_evidence_than_where_they_fit() -> None:
    words = batch_of(BROKEN).channel.all_words
    at = {word: evidence(BROKEN)[words.index(word)] for word in ("hat", "von", "die")}
    good = dict(zip(batch_of(SOUND).channel.all_words, evidence(SOUND), strict=True))
    assert at["hat"] > good["hat"]
    assert max(at["von"], at["die"]) > np.median(list(good.values()))


@settings(deadline=None, max_examples=25)
@given(st.lists(st.sampled_from([BROKEN, SOUND, "Kurz.", "", "– – –", "Er ging. " * 20]), min_size=1, max_size=6))
def test_evidence_depends_on_the_paragraph_alone(texts: list[str]) -> None:
    assert evidence(*texts).tobytes() == np.concatenate([evidence(text) for text in texts]).tobytes()


def test_numbers_of_a_word_do_not_reach_over_the_end_of_its_paragraph() -> None:
    slips, ngrams = german()
    model = slips.language_model
    one, two = batch_of("die alte Mühle"), batch_of("die alte Mühle", "steht hier")
    for values, more in zip(wording.numbers(one, model), wording.numbers(two, model), strict=True):
        assert values.tolist() == more[:3].tolist()
    assert wording.numbers(two, model)[1].tolist()[2::2] == [0.0, 0.0]
    (before, _), (own, _), (after, _), *_ = wording.terms(two, ngrams, wording.numbers(two, model))
    assert (before[0], after[2], before[3], after[4]) == (0, 0, 0, 0)
    assert before[1:3].tolist() == own[:2].tolist()


def test_the_most_doubtful_stretches_are_shown_and_none_twice_or_over_the_end_of_a_sentence() -> None:
    batch = batch_of("one two three four. five six seven eight")
    #        one  two  three four  .    five six  seven eight
    values = [2.0, 2.0, 1.5, 9.0, 9.0, 9.0, 0.0, 0.4, 0.6]
    (spans,) = wording.stretches(Shown(np.array(values), least=0.4, length=2), batch)
    text = batch.paragraphs[0].text
    assert [text[span.start : span.end] for span in spans] == ["three four", "five six", "one two", "seven eight"]
    assert [span.weight for span in spans] == sorted((span.weight for span in spans), reverse=True)
    assert all(span.code == "M101" and 0 < span.weight < 0.6 for span in spans)


def test_a_paragraph_shorter_than_a_stretch_has_nothing_to_show() -> None:
    batch = batch_of("one", "")
    assert wording.stretches(Shown(np.array([9.0]), least=0.0, length=2), batch) == [()]


def test_models_without_corrections_show_words_by_n_grams(tmp_path: Path) -> None:
    whole = default_models()
    for name in ("fluency.binary", "translation.npz", "casing.json"):
        (tmp_path / "de").mkdir(exist_ok=True)
        (tmp_path / "de" / name).symlink_to(whole.path(f"de/{name}"))
    write_manifest(tmp_path, ["de"], seed=0)
    batch, (_, ngrams) = batch_of(BROKEN), german()
    by_ngrams = translation.shown_words(ngrams, ngrams.weigh(batch.channel), np.zeros(len(batch.channel.numbers)))
    expected = wording.stretches(Shown(by_ngrams, ngrams.shown_evidence, translation.WINDOW), batch)
    found = translation.measure(batch, Models(tmp_path), language="de", explain=True).spans
    assert [span for span in found[0] if span.code == "M101"] == list(expected[0])
    assert expected[0] != ()


def test_more_is_shown_as_the_model_says_that_more_is_changed() -> None:
    shipped, ngrams = german()

    def shown(least: float) -> int:
        model = SlipModel(np.array([-1.0, 0, 0, 0, 0]), np.zeros((len(wording.TERMS), wording.SLOTS)), 0.0, least)
        slips = Slips(model, shipped.language_model)
        return sum(map(len, wording.stretches(slips.shown(batch_of(BROKEN), ngrams), batch_of(BROKEN))))

    assert shown(-9.0) == 5
    assert shown(99.0) == 0


def test_a_word_is_changed_where_its_correction_has_another_or_none() -> None:
    machine = ["the", "council", "have", "agreed", "to", "to", "the", "the", "plan"]
    changed = changed_words(machine, ["the", "council", "has", "agreed", "to", "the", "plan"])
    assert [word for word, other in zip(machine, changed.tolist(), strict=True) if other] == ["have", "to", "the"]


@given(st.lists(st.sampled_from("abc")), st.lists(st.sampled_from("abc")))
def test_the_words_that_are_not_changed_stand_in_the_correction_in_order(machine: list[str], person: list[str]) -> None:
    kept = [word for word, other in zip(machine, changed_words(machine, person), strict=True) if not other]
    remaining = iter(person)
    assert all(word in remaining for word in kept)


def test_the_threshold_is_set_by_stretches_and_not_by_words() -> None:
    text = Text("one two three four five six seven eight nine ten", "en", "human", "s", "g", "d")
    least = least_shown([text], lambda batch: np.arange(len(batch.channel.numbers), dtype=np.float64), 2, 0.5)
    assert least == 4.5


def test_made_sentences_are_told_apart_from_the_text_and_left_out_by_its_group() -> None:
    lines = "The old council has agreed to the plan of the town.\nShe had walked to the station and waited there. Yes."
    texts = [Text(lines, "en", "human", "web", group, "d") for group in ("one site", "another site") * 20]
    made = made_corrections(texts, random.Random(1))
    assert 0 < len(made) <= 80
    assert all(one.made and one.machine != one.corrected and "Yes" not in one.corrected for one in made)
    assert {one.corrected for one in made} == {*lines.replace(" Yes.", "").split("\n")}
    assert len({one.group for one in made}) == len({bucket(group, 4) for group in ("one site", "another site")})


def write_rows(path: Path, rows: list[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with lzma.open(path.with_name(f"{path.name}.jsonl.xz"), "wt", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row) + "\n" for row in rows)


def test_what_is_learned_points_at_what_people_changed(tmp_path: Path) -> None:
    nouns = ["Brücke", "Straße", "Schule", "Mauer", "Kirche", "Mühle", "Halle", "Bahn", "Klinik", "Scheune"]
    names = ["der Stadt", "den Bauern", "einem Verein", "der Firma", "dem Kreis", "den Bürgern"]
    rows: list[dict[str, object]] = []
    for number, (noun, name) in enumerate(product(nouns, names)):
        common = {"src_lang": "en", "set": "train", "seg": str(number)}
        machine = f"Im letzten Jahr die {noun} wurde von {name} gebaut nahe dem Fluss."
        person = f"Im letzten Jahr wurde die {noun} von {name} nahe dem Fluss gebaut."
        rows += [common | {"kind": "mt", "text": machine}, common | {"kind": "human-postedit", "text": person}]
    write_rows(tmp_path / "data/mt/mlqe_pe.de", rows)
    page = "Der alte Verein hat im letzten Jahr die neue Halle gebaut. Sie steht nahe dem Fluss und gehört der Stadt."
    sites = [{"text": page, "source_repo": site, "doc": "d", "domain": "web"} for site in ("eins", "drei")]
    write_rows(tmp_path / "data/web/de-clean", sites * 20)
    for name in ("trafilatura-eval", "tiptop-wceb", "readability"):
        write_rows(tmp_path / "data/boilerplate" / name, [])
    (tmp_path / "out/de").mkdir(parents=True)
    people = [Text(page, "de", "human", "s", "g", "d")] * 10
    table = train_wording(tmp_path / "data", tmp_path / "out", "de", seed=0, models=default_models(), people=people)
    model = SlipModel.read(dict(np.load(tmp_path / "out/de/slips.npz")))
    shipped, ngrams = german()
    batch = batch_of("Im letzten Jahr die Werkstatt wurde von den Eltern gebaut nahe dem Fluss.")
    found = dict(zip(batch.channel.all_words, model.log_odds(batch, ngrams, shipped.language_model), strict=True))
    assert min(found["wurde"], found["gebaut"]) > max(found["Jahr"], found["Eltern"], found["Fluss"])
    assert "| part 0 |" in table
    assert "| made, part " in table
    for row in table.splitlines():
        if row.startswith("| part "):
            assert float(row.split("|")[6]) > 0.9  # of words changed here, by what was learned without these sentences


def test_corrected_sentences_of_several_languages_are_left_out_by_language(shared: Path) -> None:
    english, german = (corrections(shared / "data", language) for language in ("en", "de"))
    assert {one.group for one in english} == {"et", "ne", "ro", "ru", "si"}
    assert len({one.group for one in german}) == 4
    assert all(one.machine and one.corrected and not one.made for one in german)
