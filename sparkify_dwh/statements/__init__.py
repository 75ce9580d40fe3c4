"""Every statement of a load as a value: built by pure functions, run by others.

Nothing here holds a connection. What differs between the engines is a construct with
one compilation rule per dialect (:mod:`sparkify_dwh.statements.constructs`).
"""
