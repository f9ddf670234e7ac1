"""What is measured of a text as scikit-learn estimators: features for models of your own, and a classifier that
starts from the shipped one.

>>> from sklearn.pipeline import make_pipeline
>>> make_pipeline(DamageFeatures(), DamageClassifier(base=0))[-1].base
0
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted, validate_data

from quality.document import LEARNED_KINDS, Document
from quality.errors import UsageError
from quality.features import Batch, Matrix, pages, spinning, translation, whole_texts
from quality.judging import SHARE_THRESHOLDS, document_rows, document_scores, measure
from quality.language import assign_languages
from quality.model import Models, default_models
from quality.parallel import batches
from quality.segmentation import segment

__all__ = ["FEATURES", "DamageClassifier", "DamageFeatures", "anchored_regression"]

#: The columns of `DamageFeatures`: the shipped models' log-odds, words, shares of words, and what the models see.
FEATURES: Final = (
    *(f"{kind}_log_odds" for kind in LEARNED_KINDS),
    "words",
    *SHARE_THRESHOLDS,
    *translation.DOCUMENT_NAMES,
    *pages.DOCUMENT_NAMES,
    *whole_texts.DOCUMENT_NAMES,
    *spinning.DOCUMENT_NAMES,
)
#: Probabilities closer to 0 or 1 than this say no more than that the models are sure.
_SURE: Final = 1e-6
#: Standardised values beyond this count as this much, as in the shipped models.
_FARTHEST: Final = 8.0


class DamageFeatures(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Texts → one row of numbers a document (`FEATURES`), dense, NaN where something is not measured in its language.

    Parameters
    ----------
    models: trained models; None takes those of `QUALITY_MODELS` or of the package.
    language: "auto", or the language to measure every text in.

    >>> DamageFeatures().fit_transform(["The ferry leaves at nine."]).shape == (1, len(FEATURES))
    True
    """

    def __init__(self, *, models: Models | None = None, language: str = "auto") -> None:
        self.models = models
        self.language = language

    def fit(self, X: Iterable[str], y: object = None) -> DamageFeatures:
        """Nothing is learned from `X`."""
        return self

    def transform(self, X: Iterable[str]) -> Matrix:
        """The features of texts, shape (n_texts, n_features)."""
        models = default_models() if self.models is None else self.models
        documents = (_document(text) for text in X)
        parts = [_measured(batch, models, self.language) for batch in batches(documents)]
        return np.concatenate([np.empty((0, len(FEATURES))), *parts])

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:
        """The names of the columns."""
        return np.array(FEATURES, dtype=object)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.requires_fit = False
        return tags


class DamageClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A logistic regression of two classes that may start from log-odds which are known already.

    With `base` the regression learns what to add to the log-odds in that column: with few labels it stays near them,
    with many it follows the labels. Columns 0 and 1 of `DamageFeatures` are the shipped models' machine translation and
    spinning. NaN counts as the mean of its column.

    Parameters
    ----------
    base: the column of log-odds to start from; None starts from nothing.
    strength: how far labels may move a text: the variance expected of what they add, in squared log-odds, whatever
        the number of columns.

    Attributes
    ----------
    classes_: the two labels, the second the one that log-odds speak for.
    coef_: weight of each standardised column, shape (n_features,).
    intercept_: log-odds of a row of means, without its base.
    mean_: mean of each column, shape (n_features,).
    scale_: standard deviation of each column, shape (n_features,).
    """

    def __init__(self, *, base: int | None = None, strength: float = 1.0) -> None:
        self.base = base
        self.strength = strength

    def fit(self, X: ArrayLike, y: ArrayLike) -> DamageClassifier:
        """Fit to rows of shape (n_samples, n_features) and two labels."""
        rows, labels = validate_data(self, X, y, dtype=np.float64, ensure_all_finite="allow-nan", ensure_min_samples=2)
        check_classification_targets(labels)
        kind = type_of_target(labels)
        self.classes_, found = np.unique(labels, return_inverse=True)
        if kind != "binary" or len(self.classes_) != 2:
            raise ValueError(
                f"Only binary classification is supported. The type of the target is {kind}, with "
                f"{len(self.classes_)} class{'' if len(self.classes_) == 1 else 'es'}."
            )
        if self.base is not None and not 0 <= self.base < rows.shape[1]:
            raise UsageError(f"base={self.base}: no such column, there are {rows.shape[1]}")
        with np.errstate(all="ignore"):
            known = ~np.isnan(rows)
            count = np.maximum(known.sum(axis=0), 1)
            self.mean_ = np.where(known, rows, 0.0).sum(axis=0) / count
            spread = np.sqrt((np.where(known, rows - self.mean_, 0.0) ** 2).sum(axis=0) / count)
        self.scale_ = np.where(spread > 1e-9, spread, 1.0)
        self.coef_, self.intercept_ = anchored_regression(
            self._standard(rows), found.astype(np.float64), self._offset(rows), strength=self.strength
        )
        return self

    def decision_function(self, X: ArrayLike) -> Matrix:
        """Log-odds of the second class, shape (n_samples,)."""
        check_is_fitted(self)
        rows = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False)
        # einsum, not @: BLAS sums in an order that depends on the rows beside a row, and scores must not.
        decision: Matrix = np.einsum("ij,j->i", self._standard(rows), self.coef_)
        return decision + self.intercept_ + self._offset(rows)

    def predict_proba(self, X: ArrayLike) -> Matrix:
        """Probabilities of both classes, shape (n_samples, 2)."""
        positive = _logistic(self.decision_function(X))
        return np.column_stack([1.0 - positive, positive])

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """The likelier class of each row."""
        likelier = (self.decision_function(X) > 0).astype(int)
        chosen: NDArray[Any] = self.classes_[likelier]
        return chosen

    def _standard(self, rows: Matrix) -> Matrix:
        standard: Matrix = np.nan_to_num(np.clip((rows - self.mean_) / self.scale_, -_FARTHEST, _FARTHEST))
        return standard

    def _offset(self, rows: Matrix) -> Matrix:
        return np.zeros(len(rows)) if self.base is None else np.nan_to_num(rows[:, self.base])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.classifier_tags.multi_class = False
        return tags


def anchored_regression(rows: Matrix, labels: Matrix, offset: Matrix, *, strength: float) -> tuple[Matrix, float]:
    """Weights and intercept that, added to known log-odds (`offset`), fit labels of 0 and 1 best.

    Rows are standardised, of shape (n, features). `strength` is the variance that is expected of what the weights
    together add to a row, and of the intercept: a free one would let three easy texts move all others (seeds, in folds:
    AUROC .99 with spinning's log-odds as offset, .96 with a free intercept; 2026-11-22).
    """
    from scipy.optimize import minimize

    signs = 2.0 * labels - 1.0
    penalty = np.append(np.full(rows.shape[1], float(rows.shape[1])), 1.0) / strength

    def loss(values: Matrix) -> tuple[float, Matrix]:
        weights, intercept = values[:-1], values[-1]
        margins = signs * (offset + rows @ weights + intercept)
        pull = -signs * _logistic(-margins)
        value = float(np.logaddexp(0.0, -margins).sum() + penalty @ values**2 / 2.0)
        return value, np.append(rows.T @ pull, pull.sum()) + penalty * values

    found = minimize(loss, np.zeros(rows.shape[1] + 1), jac=True, method="L-BFGS-B", options={"maxiter": 1000})
    return found.x[:-1], float(found.x[-1])


def _logistic(values: Matrix) -> Matrix:
    result: Matrix = np.exp(-np.logaddexp(0.0, -values))
    return result


def _document(text: object) -> Document:
    if not isinstance(text, str):
        raise TypeError(f"a text is expected, not {type(text).__name__}; give a list of strings")
    return Document(text)


def _measured(documents: Sequence[Document], models: Models, language: str) -> Matrix:
    """The rows of a batch of documents, measured together by language."""
    batch = Batch.of([segment(document) for document in documents])
    languages, batch = assign_languages(batch, models, language=language)
    result = np.full((len(documents), len(FEATURES)), np.nan)
    result[:, FEATURES.index("words")] = batch.totals(batch.words)
    full = np.diff(batch.bounds) > 0
    for one in sorted(set(languages)):
        chosen = np.array([found == one for found in languages]) & full
        measured = measure(batch.only(chosen), models, language=one, explain=False)
        scores = document_scores(measured, np.zeros(len(measured.batch.paragraphs), np.bool_), models, min_words=1)
        columns: dict[str, Matrix] = {kind: scores[kind] for kind in SHARE_THRESHOLDS}
        if one in models.languages:
            columns |= document_rows(measured, models)
            for kind in LEARNED_KINDS:
                sure = np.clip(scores[kind], _SURE, 1.0 - _SURE)
                columns[f"{kind}_log_odds"] = np.log(sure / (1.0 - sure))
        for name in columns.keys() & set(FEATURES):  # adapted models measure more, for their own log-odds
            result[chosen, FEATURES.index(name)] = columns[name]
    return result
