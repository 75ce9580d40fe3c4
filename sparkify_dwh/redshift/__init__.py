"""The Redshift dialect layer: SQLAlchemy dialect, COPY, table layout, Alembic plugin.

``register()`` makes plain ``redshift://`` and ``redshift+psycopg2://`` URLs use the dialect of
this package. It is cheap: nothing but names is registered, and the dialect itself is imported
with the first engine (or the first ``redshift_*`` keyword on a table or column).
"""

from sparkify_dwh.redshift.registration import register

__all__ = ["register"]
