"""``python -m sparkify_dwh.check``: the check as a command."""

import sys

from sparkify_dwh.check.command import main

if __name__ == "__main__":
    sys.exit(main())
