"""Which Host is what."""

from __future__ import annotations

import pytest

from kempelen.hosts import Hosts, HostsRefused, SiteHost, TaskHost, may_share_cookies, registrable_domain

HIT = "3ABCDEFGHIJKLMNOPQRSTUVWXYZ012"
LOCAL = Hosts("http://kempelen.localhost:8900")
PUBLIC = Hosts("https://turk.example.org", "https://*.turk-tasks.example")


@pytest.mark.parametrize("name", ["kempelen.localhost", "localhost", "127.0.0.1", "[::1]", "KEMPELEN.localhost"])
def test_on_one_machine_the_site_has_four_names(name: str) -> None:
    assert isinstance(LOCAL.find(f"{name}:8900"), SiteHost)


def test_each_hit_has_a_host_of_its_own() -> None:
    origin = LOCAL.task_origin(HIT)
    assert origin == f"http://{HIT.lower()}.localhost:8900"
    assert LOCAL.find(origin.removeprefix("http://")) == TaskHost(HIT, origin)


def test_tasks_are_reached_by_name_only_from_names() -> None:
    named = {name: LOCAL.find(f"{name}:8900").names_tasks for name in ("localhost", "127.0.0.1", "[::1]")}
    assert named == {"localhost": True, "127.0.0.1": False, "[::1]": False}


@pytest.mark.parametrize(
    "host",
    ["", "localhost", "localhost:8901", "a.b.localhost:8900", "turk.example:8900", "localhost:8900@evil", "localhost:x",
     "localhost:8900/x", "kempelen.localhost.evil:8900", "-.localhost:8900", ".localhost:8900", "[::1:8900"],
)  # fmt: skip
def test_other_hosts_are_none_of_ours(host: str) -> None:
    assert LOCAL.find(host) is None


def test_a_public_site_has_one_name_with_or_without_the_usual_port() -> None:
    assert PUBLIC.find("turk.example.org") == PUBLIC.find("turk.example.org:443") == SiteHost(PUBLIC.origin, True)
    assert PUBLIC.find("turk.example.org:8900") is PUBLIC.find("localhost") is PUBLIC.find("kempelen.localhost") is None
    assert PUBLIC.find(f"{HIT.lower()}.turk-tasks.example") == TaskHost(HIT, PUBLIC.task_origin(HIT))


def test_without_a_tasks_address_a_public_site_has_no_task_hosts() -> None:
    hosts = Hosts("https://turk.example.org")
    assert hosts.task_origin(HIT) is None
    assert hosts.find(f"{HIT.lower()}.localhost") is None


@pytest.mark.parametrize(
    ("url", "tasks_url", "why"),
    [
        ("https://turk.example.org", "https://*.example.org", "share the domain example.org"),
        ("https://turk.example.org", "https://*.tasks.example.org", "share the domain example.org"),
        ("https://turk.example.co.uk", "https://*.example.co.uk", "share the domain example.co.uk"),
        ("https://turk.example.org", "https://tasks.example", "needs a star"),
        ("https://turk.example.org", "https://*.*.example", "needs a star"),
        ("https://turk.example.org", "http://*.tasks.example", "must be too"),
        ("https://turk.example.org/site", None, "without a path"),
        ("ftp://turk.example.org", None, "must be an address"),
        ("turk.example.org", None, "must be an address"),
        ("https://turk.example.org:port", None, "must be an address"),
    ],
)
def test_addresses_that_would_break_the_walls_are_refused(url: str, tasks_url: str | None, why: str) -> None:
    with pytest.raises(HostsRefused, match=why):
        Hosts(url, tasks_url)


def test_neighbours_under_a_shared_second_level_are_strangers() -> None:
    assert registrable_domain("a.turk.co.uk") != registrable_domain("a.tasks.co.uk")
    assert Hosts("https://turk.co.uk", "https://*.tasks.co.uk").task_origin("3X") == "https://3x.tasks.co.uk"


@pytest.mark.parametrize(
    "url",
    ["http://kempelen.localhost:5000/", "https://KEMPELEN.localhost/", "http://kempelen.localhost.:5000/",
     "http://bob:x@kempelen.localhost:5000", "http://kempelen.localhost:5000\\@other.example/", "http://\uff4bempelen.localhost/",
     "http://%6bempelen.localhost:5000/", "http://kempelen\u3002localhost/", "http://127.1/", "http://2130706433/"],
)  # fmt: skip
def test_any_port_of_the_sites_host_may_get_its_cookies_however_it_is_written(url: str) -> None:
    assert may_share_cookies(LOCAL.origin, url)


@pytest.mark.parametrize(
    ("origin", "url"),
    [("http://127.0.0.1:8900", "http://127.0.0.1:5000/"), ("http://[::1]:8900", "http://[0:0::1]:5000/"),
     ("http://127.0.0.1:8900", "http://0x7f.1:5000/")],
)  # fmt: skip
def test_addresses_of_numbers_are_compared_as_numbers(origin: str, url: str) -> None:
    assert may_share_cookies(origin, url)
    assert not may_share_cookies(origin, "http://127.0.0.2:5000/")


@pytest.mark.parametrize(
    "url",
    ["http://localhost:5000/", "http://127.0.0.1:8900/", "https://a_b.example/?x", "https://m\u00fcller.example/"],
)
def test_other_hosts_get_no_cookies_of_the_site(url: str) -> None:
    assert not may_share_cookies(LOCAL.origin, url)
