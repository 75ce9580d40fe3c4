"""Passwords that AWS hands out for a quarter of an hour, instead of one that is kept.

Needs the extra ``iam`` (boto3). The host of the URL names what to ask for: a cluster
(``CLUSTER.HASH.REGION.redshift.amazonaws.com``) or a workgroup of Redshift Serverless
(``WORKGROUP.ACCOUNT.REGION.redshift-serverless.amazonaws.com``).
"""

import re
from typing import Any

from sqlalchemy import URL

from sparkify_dwh.errors import ConfigurationError, DatabaseError

_HOST = re.compile(
    r"(?P<name>[a-z0-9-]+)\.[a-z0-9]+\.(?P<region>[a-z0-9-]+)"
    r"\.(?P<service>redshift|redshift-serverless)\.amazonaws\.com(\.cn)?"
)
_SECONDS = 900


def temporary_credentials(url: URL) -> tuple[str, str]:
    """Return a user and a password for the host and database of the URL.

    Raises:
        ConfigurationError: The host is none of Redshift's, or boto3 is not installed.
        DatabaseError: AWS refuses.
    """
    host = _HOST.fullmatch(url.host or "")
    if host is None:
        raise ConfigurationError(
            f"{url.host} does not look like a host of Redshift: there is nobody to ask for a "
            "password",
            advice="Set SPARKIFY_IAM_AUTH=false, and give a password in the URL or PGPASSWORD.",
        )
    try:
        import boto3  # type: ignore[import-untyped]  # no py.typed
        from botocore.exceptions import (  # type: ignore[import-untyped]  # no py.typed
            BotoCoreError,
            ClientError,
        )
    except ImportError:
        raise ConfigurationError(
            "a password from IAM needs boto3", advice="Run: pip install 'sparkify-dwh[iam]'"
        ) from None
    client = boto3.client(host["service"], region_name=host["region"])
    try:
        if host["service"] == "redshift":
            return _of_cluster(client, url, host["name"])
        return _of_workgroup(client, url, host["name"])
    except (BotoCoreError, ClientError) as error:
        line = str(error).partition("\n")[0]
        raise DatabaseError(f"AWS hands out no password for {url.host}: {line}") from None


def _of_cluster(client: Any, url: URL, cluster: str) -> tuple[str, str]:
    answer = client.get_cluster_credentials(
        DbUser=url.username,
        DbName=url.database,
        ClusterIdentifier=cluster,
        DurationSeconds=_SECONDS,
        AutoCreate=False,
    )
    return answer["DbUser"], answer["DbPassword"]


def _of_workgroup(client: Any, url: URL, workgroup: str) -> tuple[str, str]:
    answer = client.get_credentials(
        workgroupName=workgroup, dbName=url.database, durationSeconds=_SECONDS
    )
    return answer["dbUser"], answer["dbPassword"]
