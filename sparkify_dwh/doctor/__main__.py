"""``python -m sparkify_dwh.doctor``: the doctor as a command."""

import sys

from sparkify_dwh.doctor.command import main

if __name__ == "__main__":
    sys.exit(main())
