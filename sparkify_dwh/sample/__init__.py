"""A deterministic generator of the two feeds, and a small generated sample that ships.

`generate` writes a folder with a log feed and a song feed that look like the real ones, byte
for byte the same for the same arguments on every machine. `sample_path` is the folder of the
shipped sample, which is the output for the arguments in `SHIPPED`. The command line is
``python -m sparkify_dwh.sample``.
"""

from sparkify_dwh.sample.cli import main
from sparkify_dwh.sample.generator import generate, sample_path
from sparkify_dwh.sample.spec import SHIPPED, SampleSpec, SampleSummary

__all__ = ["SHIPPED", "SampleSpec", "SampleSummary", "generate", "main", "sample_path"]
