"""The pages of the documentation that are generated from the tables, the queries and the commands.

``python -m sparkify_dwh.docs_from_models`` writes them, ``--check`` only says which are stale.
"""
