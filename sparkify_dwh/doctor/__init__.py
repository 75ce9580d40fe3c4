"""The doctor: is everything there that a load needs?

>>> from sparkify_dwh.doctor import examine
>>> examine().exit_code  # doctest: +SKIP
0
"""

from sparkify_dwh.doctor.examination import examine
from sparkify_dwh.doctor.report import Finding, Report, State
from sparkify_dwh.doctor.setting_sources import SettingSource

__all__ = ["Finding", "Report", "SettingSource", "State", "examine"]
