"""Run the generator: ``python -m sparkify_dwh.sample OUT --events N --songs M --seed S``."""

import sys

from sparkify_dwh.sample.cli import main

if __name__ == "__main__":
    sys.exit(main())
