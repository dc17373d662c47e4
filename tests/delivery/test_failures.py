"""What is kept of a failure names nobody."""

import pytest

from kempelen.delivery.failures import Undelivered


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (
            "550 5.1.1 <bob@example.org>: Recipient address rejected",
            "550 5.1.1 the address: Recipient address rejected",
        ),
        ("Mailbox of bob.oneil+x@mail.example.org is\n full", "Mailbox of the address is full"),
        ("'bø@exämple.org' is unknown", "'the address' is unknown"),
        ("https://example.org: connection refused", "https://example.org: connection refused"),
    ],
)
def test_addresses_of_mail_are_taken_out(said: str, kept: str) -> None:
    assert str(Undelivered(said)) == kept
