"""Scores text for machine-translation and article-spinning damage."""

__version__ = "0.1.0"
