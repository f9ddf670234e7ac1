"""Keeps the clean records of a corpus, sets the others apart with the reasons, and can be stopped at any moment.

`rules` decides, `shards` writes, `manifest` remembers how far a run came, `run` is the way through all of them.
"""
