"""``python -m sparkify_dwh.report``: the report as one HTML page."""

import sys

from sparkify_dwh.report.command import main

if __name__ == "__main__":
    sys.exit(main())
