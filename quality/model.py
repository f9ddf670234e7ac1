"""Loads what was trained and turns feature rows into calibrated probabilities.

Models are read lazily, once a process, and only after their SHA-256 was compared with MANIFEST.toml.
Everything is arrays, JSON, text or KenLM binaries: nothing that runs code when it is loaded.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from quality.errors import ModelError
from quality.features import Matrix

__all__ = ["Head", "Models", "bundled_models", "default_models", "file_checksum", "read_head"]

MANIFEST = "MANIFEST.toml"
#: Raised with every change of features or tokenizer that makes older models useless.
FORMAT = 2

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Head:
    """A standardised logistic regression with a monotone calibration, as plain arrays.

    `probability` is calibrated for an even prior. `threshold` is the probability at or over which the
    kind is called; the training data, percentile and date are in `source`.
    """

    kind: str
    level: str
    language: str
    features: tuple[str, ...]
    mean: Matrix
    scale: Matrix
    coefficients: Matrix
    intercept: float
    #: Calibration: log-odds before → probability, both increasing, linear between the knots.
    knots: Matrix
    values: Matrix
    threshold: float
    source: str

    def decision(self, rows: Matrix) -> Matrix:
        """Uncalibrated log-odds of rows of shape (n, len(features)); NaN counts as the training mean."""
        # einsum, not @: BLAS sums in an order that depends on the batch, and scores must not.
        result: Matrix = np.einsum("ij,j->i", self.standardised(rows), self.coefficients) + self.intercept
        return result

    def standardised(self, rows: Matrix) -> Matrix:
        """Rows, or one row, in units of the training data's deviation from its mean, of which NaN counts as one."""
        standard = (rows - self.mean) / self.scale
        return np.where(np.isnan(standard), 0.0, np.clip(standard, -8.0, 8.0))

    def contributions(self, row: Matrix) -> dict[str, float]:
        """Share of each feature in the log-odds of one row, relative to the training mean."""
        return dict(zip(self.features, (self.standardised(row) * self.coefficients).tolist(), strict=True))

    def probability(self, rows: Matrix) -> Matrix:
        """Calibrated probabilities, shape (n,), in 0..1."""
        result: Matrix = np.interp(self.decision(rows), self.knots, self.values)
        return result

    def to_dict(self) -> dict[str, Any]:
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in values.items()}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Head:
        arrays = ("mean", "scale", "coefficients", "knots", "values")
        values: dict[str, Any] = {
            name: np.asarray(value, np.float64) if name in arrays else value for name, value in record.items()
        }
        values["features"] = tuple(values["features"])
        return cls(**values)


class Models:
    """A directory of trained models. Safe to share between threads; pickles as its path."""

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        self.directory = Path(directory)
        self._loaded: dict[str, Any] = {}
        self._lock = threading.RLock()

    def __reduce__(self) -> tuple[type[Models], tuple[Path]]:
        return Models, (self.directory,)

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """MANIFEST.toml: `format`, `version`, `languages`, and `files.<name>` with `sha256` and `bytes`."""
        path = self.directory / MANIFEST
        try:
            manifest = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise ModelError(
                f"{path}: no models here; reinstall the package, name a directory that `quality train` wrote "
                "with --models, or unset QUALITY_MODELS"
            ) from None
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ModelError(f"{path}: not a readable manifest ({error}); reinstall or retrain the models") from error
        if manifest.get("format") != FORMAT:
            raise ModelError(
                f"{path}: models of format {manifest.get('format')}, this version reads format {FORMAT}; "
                "retrain them with `quality train`"
            )
        return manifest

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages in which machine translation or spinning is judged."""
        return tuple(self.manifest["languages"])

    @cached_property
    def signature(self) -> str:
        """Six hexadecimal digits over the checksums of all files: the same digits, the same scores."""
        lines = [f"{name} {entry['sha256']}" for name, entry in sorted(self.manifest["files"].items())]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:6]

    def has(self, name: str) -> bool:
        """Whether a file of this name is part of the models."""
        return name in self.manifest["files"]

    def path(self, name: str) -> Path:
        """The path of a model file, after its checksum was compared with the manifest's."""
        return self.load(f"path:{name}", lambda _: self._verified(name))

    def json(self, name: str) -> Any:
        """A verified JSON file, parsed once."""
        return self.load(f"json:{name}", lambda models: json.loads(models.path(name).read_text(encoding="utf-8")))

    def arrays(self, name: str) -> dict[str, NDArray[Any]]:
        """A verified .npz file's arrays; pickled objects are refused."""

        def read(models: Models) -> dict[str, NDArray[Any]]:
            with np.load(models.path(name), allow_pickle=False) as archive:
                return {key: archive[key] for key in archive.files}

        return self.load(f"arrays:{name}", read)

    def load(self, key: str, loader: Callable[[Models], T]) -> T:
        """What `loader` makes of these models, made once and kept under `key`."""
        try:
            return self._loaded[key]  # type: ignore[no-any-return]
        except KeyError:
            with self._lock:
                if key not in self._loaded:
                    self._loaded[key] = loader(self)
                return self._loaded[key]  # type: ignore[no-any-return]

    def head(self, kind: str, level: str, language: str) -> Head | None:
        """The classifier of a kind at a level ("document", "paragraph"), or None where there is none.

        `language` "any" names classifiers that serve every language.
        """
        return self.heads.get((kind, level, language))

    @property
    def heads(self) -> dict[tuple[str, str, str], Head]:
        def read(models: Models) -> dict[tuple[str, str, str], Head]:
            found = [
                read_head(record)
                for name in sorted(models.manifest["files"])
                if name.endswith("heads.json")
                for record in models.json(name)
            ]
            return {(head.kind, head.level, head.language): head for head in found}

        return self.load("heads", read)

    def verify(self) -> dict[str, Path]:
        """Check every file against the manifest; the paths by name. Raises ModelError at the first mismatch."""
        return {name: self._verified(name) for name in sorted(self.manifest["files"])}

    def _verified(self, name: str) -> Path:
        entry = self.manifest["files"].get(name)
        path = self.directory / name
        if entry is None:
            raise ModelError(f"{path}: not in {MANIFEST}; retrain the models with `quality train`")
        try:
            found = file_checksum(path)
        except OSError as error:
            raise ModelError(f"{path}: cannot be read ({error.strerror}); reinstall the package or retrain") from error
        if found != entry["sha256"]:
            raise ModelError(
                f"{path}: refused, its content changed: SHA-256 is {found}, {MANIFEST} says {entry['sha256']}; "
                "reinstall the package or retrain the models"
            )
        return path


def read_head(record: Mapping[str, Any]) -> Head:
    """The head that `to_dict` made the record of: linear, of several ways, of trees, or adapted to other text."""
    from quality.adapted import AdaptedHead  # these are Heads, and come after this module
    from quality.mixture import MixtureHead
    from quality.trees import TreeHead

    kinds: dict[str, type[Head]] = {"base": AdaptedHead, "leaf": TreeHead, "intercepts": MixtureHead}
    kind = next((kind for field, kind in kinds.items() if field in record), Head)
    return kind.from_dict(record)


def file_checksum(path: Path) -> str:
    """Hexadecimal SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


_default: dict[Path, Models] = {}


def default_models() -> Models:
    """The models of `QUALITY_MODELS`, else the bundled ones."""
    named = os.environ.get("QUALITY_MODELS")
    return _kept(Path(named)) if named else bundled_models()


def bundled_models() -> Models:
    """The models in the installed package, else the checkout's."""
    package = Path(__file__).resolve().parent
    installed = package / "_models"
    return _kept(installed if (installed / MANIFEST).exists() else package.parent / "models")


def _kept(directory: Path) -> Models:
    return _default.setdefault(directory, Models(directory))
