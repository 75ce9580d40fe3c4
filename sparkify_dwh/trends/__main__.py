"""``python -m sparkify_dwh.trends``: the forecast and its error."""

import sys

from sparkify_dwh.trends.command import main

if __name__ == "__main__":
    sys.exit(main())
