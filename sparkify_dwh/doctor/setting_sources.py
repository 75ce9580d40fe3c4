"""Each setting with its value and where it came from, secrets hidden."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from sparkify_dwh.display import shown_url
from sparkify_dwh.settings import Settings

FLAG, ENVIRONMENT, DEFAULT = "flag", "environment", "default"

#: What a URL would hold between // and @, in a setting where no one expects it.
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")


@dataclass(frozen=True, slots=True)
class SettingSource:
    """A setting, its value as it may be shown, and where it came from."""

    name: str  #: of the environment's variable
    value: str | None
    source: str  #: flag, environment, default, or the name of the .env file


def setting_sources(flags: Mapping[str, Any]) -> tuple[SettingSource, ...]:
    """Return every setting, also when its value makes no sense.

    Args:
        flags: What was given on the command line, by the name of the setting.
    """
    env_file = str(Settings.model_config.get("env_file"))
    # Neither place tells names apart by case, and both take an empty value for none.
    places = {
        ENVIRONMENT: _by_name(os.environ),
        env_file: _by_name(dotenv_values(env_file) if Path(env_file).is_file() else {}),
    }
    found = []
    for name, field in Settings.model_fields.items():
        variable = variable_of(name, field)
        value: Any = flags.get(name)
        source = FLAG
        if value is None:
            source, value = next(
                (
                    (place, values[variable])
                    for place, values in places.items()
                    if variable in values
                ),
                (DEFAULT, field.get_default(call_default_factory=True)),
            )
        found.append(SettingSource(variable, shown(name, value), source))
    return tuple(found)


def variable_of(name: str, field: FieldInfo) -> str:
    """Return the name of the environment's variable for a setting."""
    if isinstance(field.validation_alias, str):
        return field.validation_alias.upper()
    return f"{Settings.model_config.get('env_prefix', '')}{name}".upper()


def shown(name: str, value: Any) -> str | None:
    """Return a setting's value without anything that is secret."""
    if value is None:
        return None
    text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
    if name == "database_url":
        return _url_without_secrets(text)
    if Settings.model_fields[name].annotation is SecretStr:
        return "***"
    return _CREDENTIALS.sub("***@", text)


def _url_without_secrets(text: str) -> str:
    try:
        return shown_url(make_url(text))
    except (ArgumentError, ValueError):
        return "(cannot be read)"


def _by_name(values: Mapping[str, str | None]) -> dict[str, str]:
    return {name.upper(): value for name, value in values.items() if value}
