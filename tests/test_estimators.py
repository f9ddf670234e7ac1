"""Estimators that keep scikit-learn's contract, and start from what the shipped models know."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import SkipTestWarning
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import estimator_checks_generator, parametrize_with_checks

from quality import Scorer
from quality.errors import UsageError
from quality.estimators import FEATURES, DamageClassifier, DamageFeatures, anchored_regression

SEEDS = Path(__file__).parents[1] / "seeds"
CLEAN = [(SEEDS / f"en-clean-{name}.txt").read_text(encoding="utf-8") for name in ("bees", "ferry", "market", "choir")]
SPUN = [
    (SEEDS / f"en-spun-{name}.txt").read_text(encoding="utf-8")
    for name in ("severe-bees", "mild-bees", "severe-reading-room", "mild-lighthouse")
]


@parametrize_with_checks([DamageClassifier(), DamageClassifier(base=0)])
def test_the_classifier_keeps_the_contract(estimator: DamageClassifier, check: Callable[[Any], None]) -> None:
    check(estimator)


def test_the_transformer_keeps_what_of_the_contract_is_for_texts() -> None:
    with pytest.warns(SkipTestWarning, match="requires input"):
        checks = list(estimator_checks_generator(DamageFeatures()))
    assert checks
    for estimator, check in checks:
        check(estimator)


@pytest.fixture(scope="module")
def rows() -> np.ndarray[Any, Any]:
    return DamageFeatures().fit_transform([*CLEAN, *SPUN])


def test_features_begin_with_the_log_odds_of_the_shipped_models(rows: np.ndarray[Any, Any]) -> None:
    names = list(DamageFeatures().get_feature_names_out())
    assert names == list(FEATURES)
    assert rows.shape == (8, len(names))
    scores = [report.scores for report in Scorer().score_batch([*CLEAN, *SPUN])]
    for column, kind in enumerate(("machine_translation", "spinning")):
        assert names[column] == f"{kind}_log_odds"
        expected = [score[kind] for score in scores]  # type: ignore[index]
        assert 1 / (1 + np.exp(-rows[:, column])) == pytest.approx(expected, abs=1e-5)


def test_features_of_a_text_do_not_depend_on_its_company(rows: np.ndarray[Any, Any]) -> None:
    alone = np.vstack([DamageFeatures().transform([text]) for text in [*CLEAN, *SPUN]])
    assert np.array_equal(alone, rows, equal_nan=True)


def test_what_is_not_measured_in_a_language_is_nan_and_nothing_is_no_error() -> None:
    names = list(FEATURES)
    french, empty = DamageFeatures().transform(["Le bateau part à neuf heures et revient tard le soir.", ""])
    assert np.isnan(french[names.index("machine_translation_log_odds")])
    assert french[names.index("words")] == 11
    assert french[names.index("mixed_script")] == 0.0
    assert empty[names.index("words")] == 0
    assert DamageFeatures().transform([]).shape == (0, len(names))


def test_one_text_in_the_place_of_many_is_refused() -> None:
    with pytest.raises(TypeError, match="give a list of strings"):
        DamageFeatures().transform([3])  # type: ignore[list-item]


def test_estimators_are_cloned_pickled_searched_and_cross_validated() -> None:
    labels = [0] * 4 + [1] * 4
    pipeline = make_pipeline(DamageFeatures(), DamageClassifier(base=1))
    search = GridSearchCV(pipeline, {"damageclassifier__strength": [0.01, 1.0]}, cv=2)
    search.fit([*CLEAN, *SPUN], labels)
    copy = pickle.loads(pickle.dumps(search.best_estimator_))
    assert np.array_equal(copy.predict_proba(CLEAN), search.best_estimator_.predict_proba(CLEAN))
    assert cross_val_predict(clone(pipeline), [*CLEAN, *SPUN], labels, cv=2).tolist() == labels
    theirs = make_pipeline(DamageFeatures(), SimpleImputer(keep_empty_features=True), LogisticRegression(max_iter=1000))
    theirs.set_params(damagefeatures__language="en").fit([*CLEAN, *SPUN], labels)


def test_with_few_labels_the_classifier_stays_near_its_base_and_with_many_it_leaves_it() -> None:
    chance = np.random.default_rng(0)
    labels = np.tile([0, 1], 500)
    # The base is right about one half of what matters and knows nothing of the other.
    rows = chance.normal(size=(1000, 3)) + np.outer(labels, (1.0, 1.0, 0.0))
    few = DamageClassifier(base=0).fit(rows[:4], labels[:4])
    many = DamageClassifier(base=0).fit(rows, labels)
    moved = [one.decision_function(rows) - rows[:, 0] for one in (few, many)]
    assert moved[0].std() < 0.6 < 0.9 < moved[1].std()
    assert many.coef_[1] == pytest.approx(1.0, abs=0.2)
    right = [(one.predict(rows) == labels).mean() for one in (few, many)]
    assert right[0] < right[1]


def test_without_rows_to_learn_from_an_anchored_regression_adds_nothing() -> None:
    weights, intercept = anchored_regression(np.zeros((2, 3)), np.array([0.0, 1.0]), np.zeros(2), strength=1.0)
    assert weights.tolist() == [0.0, 0.0, 0.0]
    assert intercept == pytest.approx(0.0, abs=1e-6)


def test_a_base_that_is_no_column_is_refused() -> None:
    with pytest.raises(UsageError, match="base=3: no such column, there are 2"):
        DamageClassifier(base=3).fit([[1.0, 2.0], [2.0, 1.0]], [0, 1])
