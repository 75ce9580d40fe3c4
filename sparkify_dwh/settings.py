"""The settings: from the environment or a ``.env`` file, prefix ``SPARKIFY_``."""

import re
from pathlib import Path
from typing import Any

from pydantic import Field as PydanticField
from pydantic import SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from sparkify_dwh.errors import ConfigurationError

DEFAULT_DATABASE_URL = "duckdb:///sparkify.duckdb"

#: An identifier that needs no quoting on either engine, and that cannot smuggle SQL.
_SCHEMA_NAME = re.compile(r"[a-z_][a-z0-9_]{0,126}")
#: Regions of AWS, such as us-west-2 and us-gov-east-1.
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")

#: What DuckDB takes as a size; 0 would stop it.
_MEMORY_LIMIT = re.compile(r"(?=.*[1-9])\d{1,6}(\.\d{1,3})? ?([KMGT]i?B)", re.ASCII)


def _sample_feed(name: str) -> str:
    return str(Path(__file__).parent / "sample" / "data" / name)


class Settings(BaseSettings):
    """What to load, from where, into which database.

    Raises:
        ConfigurationError: from :meth:`resolve`, when a value does not make sense.
    """

    model_config = SettingsConfigDict(
        env_prefix="SPARKIFY_",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    database_url: SecretStr = SecretStr(DEFAULT_DATABASE_URL)
    log_data: str = _sample_feed("log_data")
    song_data: str = _sample_feed("song_data")
    log_jsonpaths: str | None = None
    iam_role: str = "default"
    aws_region: str | None = None
    manifest_prefix: str | None = None
    iam_auth: bool | None = None
    lock_timeout: int = PydanticField(default=600, ge=1)
    statement_timeout: int = PydanticField(default=3600, ge=1)
    # Named so because `schema` is a method of pydantic's base class.
    schema_name: str | None = PydanticField(default=None, validation_alias="SPARKIFY_SCHEMA")
    keep_staging: bool = True
    memory_limit: str | None = None

    @field_validator("schema_name")
    @classmethod
    def _plain_schema_name(cls, value: str | None) -> str | None:
        if value is not None and not _SCHEMA_NAME.fullmatch(value):
            raise ValueError("a schema name is lower-case letters, digits and underscores")
        return value

    @field_validator("memory_limit")
    @classmethod
    def _plain_memory_limit(cls, value: str | None) -> str | None:
        if value is not None and not _MEMORY_LIMIT.fullmatch(value):
            raise ValueError("a memory limit looks like 512MB, 1.5GB or 2 GiB")
        return value

    @field_validator("aws_region")
    @classmethod
    def _plain_region(cls, value: str | None) -> str | None:
        if value is not None and not _REGION.fullmatch(value):
            raise ValueError("a region looks like us-west-2")
        return value

    @classmethod
    def resolve(cls, **overrides: Any) -> "Settings":
        """Return the settings, an override that is not None beating the environment."""
        given = {name: value for name, value in overrides.items() if value is not None}
        try:
            return cls(**given)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            name = "_".join(str(part) for part in first["loc"]).upper()
            setting = "SPARKIFY_" + ("SCHEMA" if name == "SCHEMA_NAME" else name)
            raise ConfigurationError(
                f"{setting} is not valid: {first['msg'].removeprefix('Value error, ')}",
                advice=f"Mend {setting}: a flag, the environment or .env has set it.",
            ) from None

    @property
    def uses_shipped_sample(self) -> bool:
        """Whether neither feed was set."""
        return not {"log_data", "song_data"} & self.model_fields_set
