"""A stand-in for Amazon Redshift."""

from .faults import Fault
from .s3 import LocalS3
from .server import Standin

__all__ = ["Fault", "LocalS3", "Standin"]
