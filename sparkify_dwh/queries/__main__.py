"""``python -m sparkify_dwh.queries``: the queries, listed and shown."""

import sys

from sparkify_dwh.queries.command import main

if __name__ == "__main__":
    sys.exit(main())
