"""Options that several commands take."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import wraps
from typing import Any, TypeVar

import click

from quality.config import Configuration
from quality.settings import OPTIONS, Option

__all__ = ["configured", "labelled", "models_option", "paths_argument"]

F = TypeVar("F", bound=Callable[..., Any])

models_option = click.option(
    "--models", "models_directory", metavar="DIR", help="Models to use instead of those in the package."
)
paths_argument = click.argument("paths", nargs=-1, required=True, metavar="PATH...")


def configured(*, without: Collection[str] = ()) -> Callable[[F], F]:
    """Gives a command a flag for every setting but those named, and what comes of them as `configuration`."""
    names = [name for name in OPTIONS if name not in without]

    def decorate(command: F) -> F:
        @wraps(command)
        def run(**given: Any) -> Any:
            flags = {name: given.pop(name) for name in (*names, "overrides")}
            configuration = Configuration.load(
                {name: texts for name, texts in flags.items() if texts}, file=given.pop("config_file")
            )
            return command(configuration=configuration, **given)

        decorated: Any = run
        for option in reversed((*map(_flag, map(OPTIONS.__getitem__, names)), _override, _config)):
            decorated = option(decorated)
        return decorated  # type: ignore[no-any-return]

    return decorate


def labelled(command: F) -> F:
    """Gives a command the options that name the fields of labelled JSONL."""
    text = click.option("--text-field", default="text", show_default=True, metavar="NAME", help="Field of the text.")
    label = click.option(
        "--label-field",
        default="label",
        show_default=True,
        metavar="NAME",
        help="Field of its label: clean, human (or human-…), mt or machine_translation, spun or spinning.",
    )
    return text(label(command))


def _flag(option: Option) -> Callable[[F], F]:
    more = " May be given several times." if option.several else ""
    default = f"  [default: {option.default}]" if isinstance(option.default, int | str) else ""
    # Any flag may stand twice, as where a hook's own arguments are added to: the last one counts.
    return click.option(
        option.flag, option.name, multiple=True, metavar=option.metavar, help=f"{option.help}{more}{default}"
    )


_override = click.option(
    "--override",
    "overrides",
    multiple=True,
    metavar="TABLE",
    help='Settings for some paths, as in TOML: {paths = ["old/**"], min_words = 50}. May be given several times.',
)
_config = click.option("--config", "config_file", metavar="FILE", help="Settings to use instead of the nearest file's.")
