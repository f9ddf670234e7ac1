"""Scores text for machine-translation and article-spinning damage."""
