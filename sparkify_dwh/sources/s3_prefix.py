"""Lists the data files below an S3 prefix."""

from collections import Counter

from sparkify_dwh.sources.listing import Listing, SourceFile, why_passed_over
from sparkify_dwh.sources.object_store import S3Location, explain, open_store

#: What S3 gives in one answer at most.
_PAGE = 1000


def list_prefix(location: str) -> Listing:
    """List the data files below ``s3://bucket/prefix/``; the prefix is taken as a folder.

    The fingerprint is the ETag: a read asks for this very version (If-Match).

    Raises:
        SourceError: The bucket does not exist, or may not be listed; or a key is none that
            can be read (with an empty part between slashes, a part ``.`` or ``..``, or a
            control character).
    """
    import obstore
    from obstore import exceptions

    bucket, prefix = S3Location.parse(location)
    prefix = prefix.rstrip("/") + "/" if prefix.strip("/") else ""
    place = f"s3://{bucket}/{prefix}"
    passed_over: Counter[str] = Counter()
    files: dict[str, SourceFile] = {}
    try:
        pages = obstore.list(open_store(bucket), prefix or None, chunk_size=_PAGE)
        for page in pages:
            for item in page:
                key, size = item["path"], item["size"]
                reason = why_passed_over(key.rpartition("/")[2], size)
                uri = f"s3://{bucket}/{key}"
                if reason is not None or uri in files:
                    passed_over[reason or "folder marker"] += 1
                    continue
                files[uri] = SourceFile(uri, size, item["e_tag"] or "")
    except (exceptions.BaseError, OSError, ValueError) as error:
        raise explain(error, place, doing="listed") from None
    return Listing(place, tuple(files[uri] for uri in sorted(files)), passed_over)
