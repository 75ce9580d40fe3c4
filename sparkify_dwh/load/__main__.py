"""``python -m sparkify_dwh.load``: the load as a command."""

import sys

from sparkify_dwh.load.command import main

if __name__ == "__main__":
    sys.exit(main())
