"""``python -m sparkify_dwh.load``: the load as a command."""

import sys

from sparkify_dwh.load.command import main

if __name__ == "__main__":
    # At its first parameter DuckDB's client imports pandas where it is installed (0.4 s), and
    # where it is not, looks for it at every one. This process has no use for a frame.
    sys.modules.setdefault("pandas", None)  # type: ignore[arg-type]
    sys.exit(main())
