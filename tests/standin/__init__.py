"""A stand-in for Amazon Redshift."""

from .faults import Fault
from .server import Standin

__all__ = ["Fault", "Standin"]
