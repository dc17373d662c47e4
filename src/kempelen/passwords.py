"""Passwords: hashed and checked by argon2, a few at a time, in the same time for unknown accounts as for known ones."""

from __future__ import annotations

import asyncio
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from kempelen.core.wire.refusals import InvalidField

SHORTEST = 10
LONGEST = 200
_AT_ONCE = 2  # each takes 64 MiB

hasher = PasswordHasher()


def hashed(password: str) -> str:
    """A password as it is kept."""
    return hasher.hash(password)


def matches(kept: str | None, password: str) -> bool:
    """Is this the password that was kept? Without one kept it takes as long and says no."""
    try:
        return hasher.verify(kept or _decoy_hash(), password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def check(password: str, *, field: str) -> None:
    """InvalidField for a password too short or too long to be taken."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidField(
            field=field,
            reason="A password has {shortest} to {longest} characters. A few words will do.",
            shortest=SHORTEST,
            longest=LONGEST,
        )


class PasswordPool:
    """The same for the event loop, which must not wait: in threads, few at once."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(_AT_ONCE)

    async def hashed(self, password: str) -> str:
        """A password as it is kept."""
        async with self._turn:
            return await asyncio.to_thread(hashed, password)

    async def matches(self, kept: str | None, password: str) -> bool:
        """Is this the password that was kept?"""
        async with self._turn:
            return await asyncio.to_thread(matches, kept, password)


@cache
def _decoy_hash() -> str:
    return hasher.hash("nobody has this password")
