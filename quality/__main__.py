"""`python -m quality`, the same as the command `quality`."""

from __future__ import annotations

import sys

from quality.cli import main

if __name__ == "__main__":
    sys.exit(main())
