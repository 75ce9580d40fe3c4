"""Where the files lie: a local folder or an S3 prefix, listed in one form."""

from sparkify_dwh.sources.listing import Listing, SourceFile
from sparkify_dwh.sources.location import is_s3, list_files

__all__ = ["Listing", "SourceFile", "is_s3", "list_files"]
