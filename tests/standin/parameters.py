"""Rewrites SET, SHOW, BEGIN and user management, whose words differ between the two engines."""

from __future__ import annotations

from .errors import Refusal
from .statement import Statement
from .tokens import Token, render, text_at, word_at

# Parameters of Redshift that PostgreSQL does not know; they are kept, and have no effect.
_REDSHIFT_PARAMETERS = {
    *("query_group", "wlm_query_slot_count", "enable_result_cache_for_session", "auto_mv"),
    *("analyze_threshold_percent", "enable_vacuum_boost", "enable_numeric_rounding"),
    *("mv_enable_aqmv_for_session", "describe_field_name_in_uppercase", "use_fips_ssl"),
    *("max_cursor_result_set_size", "spectrum_enable_pseudo_columns", "activate_aqua"),
    *("downcase_delimited_identifier", "enable_case_sensitive_identifier"),
    *("enable_case_sensitive_super_attribute", "navigate_super_null_on_error"),
    *("cast_super_null_on_error", "error_on_nondeterministic_update"),
    *("json_serialization_enable", "stored_proc_log_min_messages"),
    *("max_concurrency_scaling_clusters", "datashare_break_glass_session_var"),
}
_NO_SWITCH = ("enable_case_sensitive_identifier", "downcase_delimited_identifier")


def rewrite_set(statement: Statement) -> str:
    """Rewrites SET and RESET."""
    tokens = statement.tokens
    index = 2 if word_at(tokens, 1) in ("session", "local") else 1
    words = statement.words(4, index)
    if "isolation" in words and ("transaction" in words or "characteristics" in words):
        # Redshift takes the words and keeps the level of the database.
        return "SET standin.isolation TO 'database'"
    name = word_at(tokens, index)
    if name not in _REDSHIFT_PARAMETERS:
        return render(tokens)
    if name in _NO_SWITCH and word_at(tokens, index + 2) in ("true", "on"):
        raise Refusal("0A000", f"{name} is not supported by the stand-in")
    parts = list(tokens)
    parts[index] = parts[index]._replace(text=f"standin.{name}")
    return render(parts)


def rewrite_show(statement: Statement) -> str:
    """Rewrites SHOW."""
    name = word_at(statement.tokens, 1)
    if name in _REDSHIFT_PARAMETERS:
        return f"SELECT coalesce(current_setting('standin.{name}', true), 'off') AS {name}"
    if name == "server_version":
        return "SELECT '8.0.2'::text AS server_version"
    return render(statement.tokens)


def rewrite_begin(statement: Statement) -> str:
    """Rewrites BEGIN without its isolation level, which Redshift takes and does not heed."""
    read_only = statement.has("read", "only")
    return "BEGIN READ ONLY" if read_only else "BEGIN"


def rewrite_user(statement: Statement) -> str:
    """Rewrites CREATE USER and ALTER USER."""
    parts: list[Token] = []
    tokens, index = statement.tokens, 0
    while index < len(tokens):
        token = tokens[index]
        if token.is_word("syslog") and word_at(tokens, index + 1) == "access":
            index += 3
            continue
        if token.is_word("session") and word_at(tokens, index + 1) == "timeout":
            index += 3
            continue
        if token.is_word("password") and word_at(tokens, index + 1) == "disable":
            parts += [token, tokens[index + 1]._replace(text="NULL")]
            index += 2
            continue
        if token.is_word("createuser", "nocreateuser"):
            superuser = "SUPERUSER" if token.value == "createuser" else "NOSUPERUSER"
            token = token._replace(text=superuser)
        parts.append(token)
        index += 1
    return render(parts)


def rewrite_vacuum(statement: Statement) -> str:
    """Rewrites VACUUM, of which only the table matters."""
    tokens, index = statement.tokens, 1
    while word_at(tokens, index) in ("full", "sort", "delete", "only", "reindex", "recluster"):
        index += 1
    name: list[Token] = []
    while index < len(tokens) and (tokens[index].is_name or text_at(tokens, index) == "."):
        if word_at(tokens, index) in ("to", "boost"):
            break
        name.append(tokens[index])
        index += 1
    return "VACUUM" + render(name)


def rewrite_analyze(statement: Statement) -> str:
    """Rewrites ANALYZE without the words for its columns."""
    if statement.has("analyze", "compression"):
        raise Refusal("0A000", "ANALYZE COMPRESSION is not supported by the stand-in")
    tokens = statement.tokens
    for end, token in enumerate(tokens):
        if token.is_word("predicate", "all") and word_at(tokens, end + 1) == "columns":
            return render(tokens[:end])
    return render(tokens)


def rewrite_database(statement: Statement) -> str:
    """Rewrites CREATE DATABASE and ALTER DATABASE with their isolation level."""
    tokens = statement.tokens
    level = statement.find("isolation", "level")
    serializable = level >= 0 and word_at(tokens, level + 2) == "serializable"
    value = "serializable" if serializable else "repeatable read"
    head = render(tokens[:level] if level >= 0 else tokens).strip()
    if statement.kind == "alter":
        if level < 0:
            return head
        return f"{head} SET default_transaction_isolation = '{value}'"
    if serializable:
        raise Refusal("0A000", "create the database, then ALTER DATABASE … ISOLATION LEVEL")
    return f"{head} TEMPLATE standin_template"
