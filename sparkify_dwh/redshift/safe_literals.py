"""Allow-lists for the values that end up as literals in Redshift statements.

COPY takes no bind parameters: URIs, roles and regions stand in the text of the statement, and
the text lands in system tables. Quoting alone is not enough, because Redshift reads a backslash
in a string literal as an escape. So each value has to match a pattern that contains neither
quotes nor backslashes nor control characters, and is quoted on top of that.

The messages never repeat the value: somebody may have put a key where a role belongs.
"""

import re

__all__ = [
    "UnsafeLiteralError",
    "aws_region",
    "iam_role",
    "s3_uri",
    "schema_name",
    "time_format",
]

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
# A subset of the characters that S3 calls safe, or safe with care. A key with any other
# character (space, quote, umlaut) is loaded through a manifest, which is JSON.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
_KEY = re.compile(r"[A-Za-z0-9/!_.*()+=,@:%&-]*")
_REFUSED_IN_KEY = re.compile(r"[^A-Za-z0-9/!_.*()+=,@:%&-]")
# IAM allows a comma in a role name; here it separates the ARNs of a role chain.
_ROLE_ARN = re.compile(r"arn:aws(-cn|-us-gov)?:iam::[0-9]{12}:role/[A-Za-z0-9_+=.@/-]+")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]{1,2}")
# https://docs.aws.amazon.com/redshift/latest/dg/r_names.html, lower case, unquoted, ASCII.
_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,126}")
_TIME_FORMAT = re.compile(r"[A-Za-z0-9 :./,-]{1,64}")


class UnsafeLiteralError(ValueError):
    """A value is not on the allow-list for literals in a Redshift statement."""


def s3_uri(value: str, *, what: str = "the S3 URI") -> str:
    """Return ``value`` if it is an ``s3://bucket/key`` URI that may stand in SQL text."""
    if not value.startswith("s3://"):
        raise UnsafeLiteralError(f"{what} has to start with s3://")
    bucket, slash, key = value.removeprefix("s3://").partition("/")
    if not _BUCKET.fullmatch(bucket):
        raise UnsafeLiteralError(f"{what} names a bucket that breaks the S3 naming rules")
    if not slash or not key:
        raise UnsafeLiteralError(f"{what} has to name a key or a prefix after the bucket")
    if not _KEY.fullmatch(key):
        refused = sorted({repr(char) for char in _REFUSED_IN_KEY.findall(key)})
        raise UnsafeLiteralError(
            f"{what} holds characters that may not stand in SQL text ({', '.join(refused)}): "
            "name such objects in a manifest"
        )
    return value


def iam_role(value: str) -> str:
    """Return ``value`` if it is ``default``, a role ARN, or a comma-separated role chain."""
    if value == "default":
        return value
    if all(_ROLE_ARN.fullmatch(arn) for arn in value.split(",")):
        return value
    raise UnsafeLiteralError(
        "the IAM role has to be 'default' or arn:aws:iam::<12 digits>:role/<name>, "
        "or several such ARNs separated by commas without spaces"
    )


def aws_region(value: str) -> str:
    """Return ``value`` if it looks like an AWS region, e.g. ``us-west-2``."""
    if _REGION.fullmatch(value):
        return value
    raise UnsafeLiteralError("the AWS region has to look like us-west-2")


def schema_name(value: str) -> str:
    """Return ``value`` if it is a plain lower-case schema name that needs no quotes."""
    if _SCHEMA.fullmatch(value) and not value.startswith("pg_"):
        return value
    raise UnsafeLiteralError(
        "a schema name has to consist of lower-case ASCII letters, digits and underscores, "
        "must not start with a digit or with pg_, and has at most 127 characters"
    )


def time_format(value: str) -> str:
    """Return ``value`` if it is a TIMEFORMAT: ``auto``, ``epochmillisecs``, or a pattern."""
    if _TIME_FORMAT.fullmatch(value):
        return value
    raise UnsafeLiteralError(
        "a time format has to consist of ASCII letters, digits, spaces and : . / , -"
    )
