"""Every statement of a load as a value, built by pure functions.

Nothing here opens or holds a connection: a :class:`~sparkify_dwh.statements.step.Step` is
compiled once, and runs on the one that it is given. What differs between the engines is a
construct with one compilation rule per dialect (:mod:`sparkify_dwh.statements.constructs`).
"""
