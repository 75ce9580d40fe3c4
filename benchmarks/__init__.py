"""Measures the library against the yardstick and its peers: ``python -m benchmarks --help``.

Nothing in here is part of the package. Every measured command runs in a process and an
environment of its own; data, environments and warehouses lie in a cache folder, never in the
repository.
"""
