"""The errors that `quality` raises: one tree, each message saying the cause, then the remedy."""

from __future__ import annotations

__all__ = [
    "ConfigError",
    "EvaluationError",
    "MissingExtraError",
    "ModelError",
    "NotInstalledError",
    "QualityError",
    "ReadError",
    "TrainingError",
    "UsageError",
]


class QualityError(Exception):
    """Base of every error that this package raises on purpose."""


class UsageError(QualityError):
    """A command or function was called in a way that cannot be meant."""


class ConfigError(UsageError):
    """A configuration file holds a key or value that is not understood."""


class ReadError(QualityError):
    """Some named input could not be read; the others can still be scored.

    Attributes
    ----------
    source: what could not be read, as it is shown to a person (a path, ``-``, or ``path:line``).
    reason: the cause, then the remedy, without the source.
    """

    def __init__(self, source: str, reason: str) -> None:
        super().__init__(f"{source}: {reason}")
        self.source = source
        self.reason = reason

    def __reduce__(self) -> tuple[type[ReadError], tuple[str, str]]:
        """What is told of it in another process."""
        return ReadError, (self.source, self.reason)


class MissingExtraError(ReadError):
    """An input is in a format that takes a library which is not installed."""

    def __init__(self, source: str, format: str, extra: str) -> None:
        super().__init__(source, f"{format} cannot be read without an extra; pip install 'quality[{extra}]'")
        self.format = format


class ModelError(QualityError):
    """A model file is missing, altered, or made for another version of the features."""


class TrainingError(QualityError):
    """Training data or a training tool is missing or unusable."""


class EvaluationError(QualityError):
    """What was to be evaluated is missing, unusable, or has no labels."""


class NotInstalledError(QualityError):
    """Something was asked for that takes a library of an extra which is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} is not installed; pip install 'quality[{extra}]'")
