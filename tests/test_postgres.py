"""The tests' own PostgreSQL: it starts, gives empty databases, and leaves nothing behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psycopg

from tests import databases
from tests.postgres import Cluster

ROOT = Path(__file__).parent.parent


def tables(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    return [name for (name,) in rows]


def rows(url: str) -> dict[str, list[tuple[object, ...]]]:
    with psycopg.connect(url) as connection:
        return {name: sorted(connection.execute(f'SELECT * FROM "{name}"'.encode()), key=str) for name in tables(url)}


def make_table(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE made (made_id TEXT PRIMARY KEY)")


def test_each_fresh_database_is_empty(postgresql: Cluster) -> None:
    first, second = postgresql.fresh_database_url(), postgresql.fresh_database_url()
    make_table(first)
    assert tables(first) == ["made"]
    assert tables(second) == []


def test_a_database_given_back_is_empty_when_it_is_handed_out_again(postgresql: Cluster) -> None:
    url = postgresql.fresh_database_url()
    make_table(url)
    left_open = psycopg.connect(url)
    left_open.execute("SELECT * FROM made")
    postgresql.give_back(url)
    left_open.close()
    assert postgresql.fresh_database_url() == url
    assert tables(url) == []


def test_a_database_can_be_a_copy_of_one_prepared_once(postgresql: Cluster) -> None:
    prepared: list[str] = []

    def prepare(url: str) -> None:
        prepared.append(url)
        make_table(url)

    urls = [postgresql.fresh_database_url(prepared_by=prepare) for _ in range(2)]
    assert [tables(url) for url in urls] == [["made"], ["made"]]
    assert len(prepared) == 1


def test_a_copy_that_was_given_back_is_what_it_was(postgresql: Cluster) -> None:
    url = postgresql.fresh_database_url(prepared_by=databases.migrate)
    as_new = rows(url)
    with psycopg.connect(url) as connection:
        connection.execute("DELETE FROM qualification_text")
        connection.execute("DELETE FROM qualification_type")
        connection.execute("UPDATE destination SET failures = 7")
        another = """'{"destination_id": "TWO", "address": "there"}'"""
        connection.execute(
            f"INSERT INTO destination SELECT new.* FROM destination, jsonb_populate_record(destination, {another}) new"
        )
    assert rows(url) != as_new
    postgresql.give_back(url, prepared_by=databases.migrate)
    assert postgresql.fresh_database_url(prepared_by=databases.migrate) == url
    assert rows(url) == as_new


def test_commits_wait_for_the_disk(postgresql: Cluster) -> None:
    with psycopg.connect(postgresql.url()) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)


def test_a_killed_test_process_leaves_no_server_behind(postgresql: Cluster) -> None:
    script = """
        import sys, time
        from tests import postgres
        with postgres.running() as cluster:
            print(cluster.url(), flush=True)
            time.sleep(600)
    """
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    url = child.stdout.readline().strip()
    assert tables(url) == []
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    until = time.monotonic() + 20
    while time.monotonic() < until and answers(url):
        time.sleep(0.1)
    assert not answers(url)


def answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def test_tests_run_on_each_kind_of_database(database_kind: str, database_target: str) -> None:
    if database_kind == "sqlite":
        assert database_target == ":memory:"
    else:
        assert tables(database_target) == []
