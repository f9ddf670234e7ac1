from __future__ import annotations

import hashlib
import pickle
from pathlib import Path

import numpy as np
import pytest

from quality.errors import ModelError
from quality.mixture import MixtureHead
from quality.model import FORMAT, Head, Models, read_head
from quality.training.manifest import write_manifest


@pytest.fixture
def models(tmp_path: Path) -> Models:
    (tmp_path / "xx").mkdir()
    (tmp_path / "xx" / "words.json").write_text('["a"]')
    np.savez(tmp_path / "xx" / "table.npz", weights=np.arange(3))
    write_manifest(tmp_path, ("xx",), seed=1)
    return Models(tmp_path)


def head(**changes: object) -> Head:
    values: dict[str, object] = {
        "kind": "spinning",
        "level": "document",
        "language": "xx",
        "features": ("a", "b"),
        "mean": np.array([1.0, 0.0]),
        "scale": np.array([2.0, 1.0]),
        "coefficients": np.array([1.0, 3.0]),
        "intercept": 0.5,
        "knots": np.array([-1.0, 1.0]),
        "values": np.array([0.0, 1.0]),
        "threshold": 0.9,
        "source": "a test",
    }
    return Head(**{**values, **changes})  # type: ignore[arg-type]


def test_one_way_to_be_damaged_does_not_excuse_another() -> None:
    ways = MixtureHead(
        **{**vars(head()), "coefficients": np.array([[2.0, 0.0], [-9.0, 3.0]]), "intercept": 0.0},
        intercepts=np.array([0.0, -1.0]),
        documentation=np.array([False, False]),
    )
    rows = np.array([[-5.0, 0.0], [3.0, 0.0], [3.0, 4.0], [np.nan, 2.0]])
    # In standard form -3, 1, 1, 0 and 0, 0, 4, 2; the odds of both ways are added.
    wanted = np.log(np.exp([-6.0, 2.0, 2.0, 0.0]) + np.exp([26.0, -10.0, 2.0, 5.0]))
    assert np.allclose(ways.decision(rows), wanted)
    assert ways.contributions(rows[1]) == {"a": 2.0, "b": 0.0}
    assert ways.contributions(rows[3]) == {"a": 0.0, "b": 6.0}
    again = read_head(ways.to_dict())
    assert isinstance(again, MixtureHead)
    assert np.array_equal(again.decision(rows), ways.decision(rows))


def test_a_way_of_documentation_counts_as_far_as_a_text_is_that() -> None:
    ways = MixtureHead(
        **{
            **vars(head()),
            "features": ("a", "document_documentation"),
            "coefficients": np.array([[2.0, 0.0], [-2.0, 0.0]]),
            "intercept": 0.0,
        },
        intercepts=np.array([0.0, 0.0]),
        documentation=np.array([False, True]),
    )
    rows = np.array([[7.0, 0.0], [7.0, 1.0], [7.0, 0.2]])
    # In standard form 3: 6 by the first way, -6 by the second.
    wanted = [6.0, -6.0, np.log(0.5 * np.exp(6.0) + 0.5 * np.exp(-6.0))]
    assert np.allclose(ways.decision(rows), wanted)
    assert [ways.contributions(row)["a"] for row in rows[:2]] == [6.0, -6.0]
    again = read_head(ways.to_dict())
    assert np.array_equal(again.decision(rows), ways.decision(rows))


def test_files_are_read_as_listed(models: Models) -> None:
    assert models.json("xx/words.json") == ["a"]
    assert models.arrays("xx/table.npz")["weights"].tolist() == [0, 1, 2]
    assert sorted(models.verify()) == ["xx/table.npz", "xx/words.json"]


def test_a_file_changed_by_one_byte_is_refused_with_both_checksums(models: Models) -> None:
    path = models.directory / "xx" / "words.json"
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_text('["b"]')
    after = hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(ModelError, match=r"words\.json") as caught:
        models.json("xx/words.json")
    assert before in str(caught.value)
    assert after in str(caught.value)


def test_an_unlisted_file_is_refused(models: Models) -> None:
    (models.directory / "xx" / "more.json").write_text("1")
    with pytest.raises(ModelError, match="not in MANIFEST"):
        models.json("xx/more.json")


def test_a_directory_without_models_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="quality train"):
        _ = Models(tmp_path / "nothing").languages


def test_models_of_another_format_are_refused(models: Models) -> None:
    manifest = models.directory / "MANIFEST.toml"
    manifest.write_text(manifest.read_text().replace(f"format = {FORMAT}", "format = 0"))
    with pytest.raises(ModelError, match="format 0"):
        _ = models.manifest


def test_pickled_objects_are_never_loaded(models: Models) -> None:
    np.savez(models.directory / "xx" / "table.npz", weights=np.array([object()]))
    write_manifest(models.directory, ("xx",), seed=1)
    with pytest.raises(ValueError, match="allow_pickle"):
        Models(models.directory).arrays("xx/table.npz")


def test_the_signature_follows_the_content(models: Models) -> None:
    before = models.signature
    (models.directory / "xx" / "words.json").write_text('["b"]')
    write_manifest(models.directory, ("xx",), seed=1)
    assert Models(models.directory).signature != before


def test_models_travel_to_other_processes_as_their_path(models: Models) -> None:
    models.json("xx/words.json")
    assert pickle.loads(pickle.dumps(models)).directory == models.directory


def test_a_head_standardises_weighs_and_calibrates() -> None:
    rows = np.array([[1.0, 0.0], [3.0, 0.0], [np.nan, -0.5]])
    assert head().decision(rows).tolist() == [0.5, 1.5, -1.0]
    assert head().probability(rows).tolist() == [0.75, 1.0, 0.0]
    assert head().contributions(rows[1]) == {"a": 1.0, "b": 0.0}


def test_a_head_survives_its_json_form() -> None:
    again = Head.from_dict(head().to_dict())
    rows = np.array([[0.3, 0.1]])
    assert again.probability(rows) == head().probability(rows)
    assert again.features == ("a", "b")


def test_a_file_that_is_being_written_is_none_of_the_models(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}", encoding="utf-8")
    (tmp_path / ".MODEL_CARD.md.x1.tmp").write_text("half", encoding="utf-8")
    write_manifest(tmp_path, (), seed=1)
    assert set(Models(tmp_path).manifest["files"]) == {"a.json"}
