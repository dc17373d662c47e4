"""Destinations: where a Requester may have events sent, by the form of the address alone.

An SQS destination names a queue and an SNS one a topic; Amazon's services, or those that the settings name, are asked
for them, so nothing here is connected to. An address on the web in place of a topic is a webhook, which the server does
connect to: what can be seen to lead to a machine of its own network is refused at once, and what a name leads to is
looked at when it is sent. Source: docs/mturk/notifications.md 2, docs/mturk/api.md 3.9; webhooks are ours.
"""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

_LONGEST = 2_048
_MAILBOX = re.compile(r"[^@\s<>()\[\]\\,;:\".]+(\.[^@\s<>()\[\]\\,;:\".]+)*")  # without quotes: nobody has such a name
_LABEL = re.compile(r"(?!-)[^\s@<>()\[\]\\,;:\"'`./?#%&=+*!|^~{}$]{1,63}(?<!-)")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII | re.IGNORECASE)
_QUEUE_HOST = re.compile(r"(sqs\.[a-z0-9-]+|([a-z0-9-]+\.)?queue)\.amazonaws\.com(\.cn)?", re.ASCII)
_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}(\.fifo)?", re.ASCII)
_SPECIAL = tuple(  # registered for special purposes, reserved, or given up; whatever a version of Python knows of them
    map(
        ipaddress.ip_network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",  # shared by a carrier's customers
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",  # protocol assignments; 192.0.0.192 is the metadata service of a cloud
            "192.0.2.0/24",
            "192.31.196.0/24",  # AS112, as are 192.175.48.0/24 and 2620:4f:8000::/48
            "192.52.193.0/24",  # AMT
            "192.88.99.0/24",  # relays of 6to4
            "192.168.0.0/16",
            "192.175.48.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
            "168.63.129.16/32",  # a cloud's own services, seen by its machines alone
            "2001::/23",  # protocol assignments; Teredo, which hides an address of the old kind, is one of them
            "2001:db8::/32",
            "2002::/16",  # 6to4 hides an address of the old kind
            "2620:4f:8000::/48",
            "3fff::/20",
        ),
    )
)
_UNICAST = ipaddress.ip_network("2000::/3")  # all of IPv6 that is given out to the open internet


def is_webhook(transport: str, destination: str) -> bool:
    """Is this an address of the Requester's own to post to, in place of a topic?"""
    return transport == "SNS" and destination.lower().startswith(("https://", "http://"))


def is_destination(transport: str, destination: str, *, allow_private: bool) -> bool:
    """Has a destination the form that its transport takes?

    Webhooks are on https, at a name or at an address of the open internet; where `allow_private`, anywhere.
    """
    if len(destination) > _LONGEST or not destination.isprintable() or " " in destination:
        return False
    if transport == "Email":
        return is_mail_address(destination)
    if transport == "SQS":
        url = _web_address(destination)
        return url is not None and len(url.path) > 1
    if is_webhook(transport, destination):
        url = _web_address(destination)
        return (
            url is not None
            and queue_region(destination) is None
            and (allow_private or (url.scheme == "https" and not _is_seen_to_be_private(url.hostname or "")))
        )
    return _TOPIC.fullmatch(destination) is not None


def is_mail_address(address: str) -> bool:
    """Is this an address of mail, without a name beside it and without quotes?"""
    mailbox, _, domain = address.rpartition("@")
    return len(mailbox) <= 64 and mailbox.isascii() and _MAILBOX.fullmatch(mailbox) is not None and _is_name(domain)


def queue_region(url: str) -> str | None:
    """The region of a queue of Amazon's, "" where its address does not name one; None for all other addresses."""
    host = urlsplit(url).hostname or ""
    if not _QUEUE_HOST.fullmatch(host):
        return None
    return next((part for part in host.split(".") if "-" in part), "")


def is_public(address: str) -> bool:
    """Does this IP address belong to the open internet, and to one machine there?"""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            found = found.ipv4_mapped
        elif found not in _UNICAST:
            return False
    return found.is_global and not any(found in network for network in _SPECIAL)


def _web_address(destination: str) -> SplitResult | None:
    """An address on the web, by a name or number of a host, without a user or a fragment in it; None for all else."""
    try:
        url = urlsplit(destination)
        port = url.port
    except ValueError:
        return None
    is_one = (
        destination.isascii()
        and url.scheme in ("http", "https")
        and "@" not in url.netloc
        and "#" not in destination
        and port != 0
        and _is_host(url.hostname or "")
    )
    return url if is_one else None


def _is_host(host: str) -> bool:
    """A name, or an IP address as it is usually written: `127.1` and `2130706433` are no names, but lead somewhere."""
    if _is_ip_address(host):
        return "%" not in host
    return _is_name(host) and not _NUMBER.fullmatch(host.rpartition(".")[2])


def _is_name(host: str) -> bool:
    return len(host) <= 253 and all(_LABEL.fullmatch(label) for label in host.split("."))


def _is_ip_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_seen_to_be_private(host: str) -> bool:
    """A host that nobody has to look up to know that it is not of the open internet."""
    if _is_ip_address(host):
        return not is_public(host)
    return host == "localhost" or host.endswith(".localhost")
