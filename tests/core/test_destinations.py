"""Destinations: which addresses may be asked for, and what can be seen of them without looking anything up."""

import pytest

from kempelen.core.rules.destinations import is_destination, is_mail_address, is_public, is_webhook, queue_region


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.9.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0"),
        *("100.64.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1"),
        *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1"),
        *("64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:1::1", "2001:db8::1"),
        *("fec0::1", "feff:ffff::1", "192.0.0.192", "192.0.0.1", "192.0.0.9", "192.0.0.10", "192.0.0.170"),
        *("192.88.99.1", "192.31.196.1", "192.52.193.1", "192.175.48.1", "198.51.100.1", "203.0.113.1"),
        *("198.19.255.255", "100.127.255.255", "172.31.255.255", "0.1.2.3", "239.0.0.1", "168.63.129.16"),
        *("::8.8.8.8", "::7f00:1", "::ffff:0:7f00:1", "::ffff:0:808:808", "64:ff9b::808:808", "64:ff9b:1::808:808"),
        *("100::1", "100:0:0:1::1", "3fff::1", "5f00::1", "4000::1", "fe00::1", "fdff::1", "febf::1"),
        *("2001:1::1", "2001:2::1", "2001:4:112::1", "2001:10::1", "2001:20::1", "2001:30::1", "2001:1ff::1"),
        *("2620:4f:8000::1", "2002:808:808::", "::ffff:192.0.0.192", "::ffff:168.63.129.16", "fd00:ec2::254"),
    ],
)
def test_addresses_that_are_not_open_to_the_world_are_known(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "93.184.216.34", "2606:2800:220:1::1", "::ffff:8.8.8.8", "2001:200::1", "192.0.1.1"]
)
def test_addresses_that_are_open_to_the_world_are_known(address):
    assert is_public(address)


def hook(destination, *, allow_private=False):
    return is_destination("SNS", destination, allow_private=allow_private)


@pytest.mark.parametrize(
    "url",
    [
        *("https://lab.example.org/hook?key=1", "HTTPS://Lab.Example.ORG/", "Https://8.8.8.8:8443/", "https://lab/"),
        *(
            "https://[2606:2800:220:1::1]/hook",
            "https://xn--bcher-kva.example/",
            "https://my_lab.example.org",
            "https://1.2.example",
        ),
    ],
)
def test_a_webhook_may_be_at_a_name_or_at_an_address_of_the_open_internet(url):
    assert is_webhook("SNS", url)
    assert hook(url)


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "10.0.0.1", "169.254.169.254", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "[fd00::1]"),
        *("localhost", "LOCALHOST", "lab.localhost", "127.0.0.1:8443"),
    ],
)
def test_a_webhook_that_is_seen_to_be_private_is_refused_unless_that_is_allowed(host):
    assert not hook(f"https://{host}/hook")
    assert hook(f"https://{host}/hook", allow_private=True)
    assert hook(f"http://{host}/hook", allow_private=True)


@pytest.mark.parametrize(
    "url",
    [
        *("https://2130706433/", "https://127.1/", "https://0x7f.1/", "https://0x7f000001/", "https://0177.0.0.1/"),
        *(
            "https://1.2.3.4.5/",
            "https://256.1.1.1/",
            "https://example.0x/",
            "https://127.0.0.1./",
            "https://[fe80::1%25eth0]/",
        ),
        *("https://a..b/", "https://.a/", "https://a./", "https://-a.b/", "https://a-.b/", f"https://{'a' * 64}.b/"),
        *(
            "https://a_b!/",
            "https://a,b/",
            "https://a|b/",
            "https:///hook",
            "https://",
            "https://:443/",
            "https://[::1/",
        ),
        *(
            "https://a.b/#part",
            "https://a.b/#",
            "https://u@a.b/",
            "https://u:p@a.b/",
            "https://a.b:0/",
            "https://a.b:65536/",
        ),
        *(
            "https://a.b:x/",
            "https://bücher.example/",
            "https://a.b/ü",
            "https://a.b/ c",
            "https://a.b/\n",
            "ftp://a.b/",
        ),
        *("//a.b/", "https:a.b/", "https:/a.b/", "https://" + "a." * 130 + "b/", "https://a.b/" + "c" * 2_048),
    ],
)
@pytest.mark.parametrize("allow_private", [False, True])
def test_what_is_no_address_of_the_usual_form_is_refused_in_any_case(url, allow_private):
    assert not hook(url, allow_private=allow_private)


def test_plain_http_is_taken_where_private_addresses_are_allowed():
    assert not hook("http://lab.example.org/")
    assert hook("HTTP://lab.example.org/", allow_private=True)


def test_a_queue_may_be_of_any_service_for_nothing_connects_to_its_address():
    for url in ("http://127.0.0.1:4566/000000000000/lab", "http://localhost:9324/queue/lab", "http://elasticmq/q/lab"):
        assert is_destination("SQS", url, allow_private=False)
    for url in ("http://a..b/1/lab", "http://127.1/1/lab", "https://sqs.us-east-1.amazonaws.com/1/lab#x", "http://a/"):
        assert not is_destination("SQS", url, allow_private=False)


def test_a_queue_is_no_webhook():
    queue = "HTTPS://SQS.us-east-1.amazonaws.com/123456789012/lab"
    assert queue_region(queue) == "us-east-1"
    assert not hook(queue)
    assert not is_webhook("SQS", queue)


@pytest.mark.parametrize(
    "address", ["lab@example.org", "a.b+c@d", "o'neil@example.org", "lab@exämple.org", "a" * 64 + "@b", "_@x_y.example"]
)
def test_addresses_of_mail_are_taken(address):
    assert is_mail_address(address)
    assert is_destination("Email", address, allow_private=False)


@pytest.mark.parametrize(
    "address",
    [
        *("<a@b>", "Lab <a@b>", "a@b>", "a@b@c", "@b", "a@", "a", "a b@c", "a@b c", "a@b..c", "a..b@c", ".a@b", "a.@b"),
        *(
            "a@b.",
            "a@.b",
            "a,b@c",
            "a@b,c@d",
            "a;b@c",
            "a:b@c",
            '"a"@b',
            "a@[127.0.0.1]",
            "a@b\nBcc: c@d",
            "a\\b@c",
            "a(b)@c",
        ),
        *("mailto:a@b", "bø@example.org", "a@b#c", "a" * 65 + "@b", "a@" + "b" * 64),
    ],
)
def test_what_is_no_address_of_mail_is_refused(address):
    assert not is_mail_address(address)
    assert not is_destination("Email", address, allow_private=False)
