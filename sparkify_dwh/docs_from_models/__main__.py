"""``python -m sparkify_dwh.docs_from_models``: writes the generated pages, or checks them."""

import sys

from sparkify_dwh.docs_from_models.command import main

if __name__ == "__main__":
    sys.exit(main())
