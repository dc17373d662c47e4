"""One SQL text for two databases: what little must be translated between them.

Statements are written for both; only PostgreSQL's driver wants parameters written differently, and only SQLite may be
given an index (`INDEXED BY …`). Migrations are written `CREATE TABLE … (…) STRICT;` with TEXT and BIGINT columns.
SQLite calls that INTEGER; PostgreSQL knows no STRICT nor WITHOUT ROWID, and is spared indexes named `…_covering`, since
its entries are too short for texts. There every TEXT compares byte by byte, as on SQLite, whatever the server's locale.
"""

import re
from collections.abc import Iterator
from functools import cache

_TOKENS = re.compile(
    r"""
    '(?:[^']|'')*'          # a text
  | "(?:[^"]|"")*"          # a quoted name
  | --[^\n]*                # a comment to the end of the line
  | /\*.*?\*/               # a comment
  | ::                      # a cast of PostgreSQL's: no parameter
  | :[A-Za-z_]\w*           # a parameter
  | \w+                     # a word
  | .                       # anything else
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENTS = ("--", "/*")


@cache
def for_psycopg(sql: str) -> bytes:
    """A statement with its `:name` parameters written `%(name)s`, and every other % doubled."""
    plain = re.sub(r"\bINDEXED BY \w+", "", sql)
    return "".join(_for_psycopg(token) for token in _TOKENS.findall(plain)).encode()


def _for_psycopg(token: str) -> str:
    if token.startswith(":") and len(token) > 1 and token != "::":
        return f"%({token[1:]})s"
    return token.replace("%", "%%")


def separate(script: str) -> Iterator[str]:
    """The statements of a script, without the semicolons between them and without comments."""
    statement = ""
    for token in _TOKENS.findall(script):
        if token == ";":
            if statement.strip():
                yield statement.strip()
            statement = ""
        else:
            statement += " " if token.startswith(_COMMENTS) else token
    if statement.strip():
        yield statement.strip()


def defined_for_sqlite(statement: str) -> str:
    """A statement of a migration as SQLite takes it."""
    return "".join("INTEGER" if token == "BIGINT" else token for token in _TOKENS.findall(statement))


def defined_for_postgresql(statement: str) -> str:
    """A statement of a migration as PostgreSQL takes it."""
    if re.match(r"CREATE\s+INDEX\s+\w+_covering\b", statement):
        return "SELECT 1"
    is_table = re.match(r"(CREATE|ALTER)\s+TABLE\b", statement) is not None
    statement = re.sub(r"\bSTRICT, WITHOUT ROWID$", "STRICT", statement)
    translated, word_before = [], ""
    for token in _TOKENS.findall(statement):
        if is_table and token == "STRICT":
            continue
        columns_type = is_table and token == "TEXT" and word_before != "AS"
        translated.append('TEXT COLLATE "C"' if columns_type else token)
        word_before = token if not token.isspace() else word_before
    return "".join(translated).rstrip()
