"""Write the shipped sample anew: ``python -m sparkify_dwh.sample.ship``.

To be run after a change of the generator, in a checkout; a test compares the bytes.
"""

from sparkify_dwh.sample.generator import sample_path, write_sample
from sparkify_dwh.sample.spec import SHIPPED

if __name__ == "__main__":
    print(write_sample(SHIPPED, sample_path(), force=True))
