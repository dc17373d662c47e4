"""Vault: what the market keeps secret, under one key that never enters the database.

Secret access keys must be readable again to verify signatures, so they are sealed (Fernet: AES and HMAC). Frame tickets
are encrypted in the same way, since they stand in addresses that a Requester's page can read; page tokens are signed.
Each use has its own key, derived from the one key by its purpose.
"""

import base64
import hashlib
import hmac
import os
import secrets
from functools import lru_cache
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

KEY_BYTES = 32


class WrongKey(Exception):
    """The key at hand is not the one this database was sealed with."""


class Vault:
    """Seals texts and signs messages under one 32-byte key."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise WrongKey(f"The secret key must be {KEY_BYTES} bytes, written as 64 hexadecimal digits.")
        self._key = key
        self._fernet = Fernet(base64.urlsafe_b64encode(self._derive("seal")))
        self.unseal = lru_cache(maxsize=4096)(self._unseal)

    @classmethod
    def parse(cls, text: str) -> "Vault":
        """The vault of a key written as 64 hexadecimal digits."""
        try:
            return cls(bytes.fromhex(text.strip()))
        except ValueError:
            raise WrongKey("The secret key must be written as 64 hexadecimal digits.") from None

    @classmethod
    def in_folder(cls, folder: Path) -> "Vault":
        """The vault of the data folder's key file, made on first use and readable by its owner only."""
        path = folder / "key"
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f".key-{secrets.token_hex(8)}"
        if not path.exists():
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_hex(KEY_BYTES) + "\n")
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(draft, path)  # fails when another process was first: its key counts
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return cls.parse(path.read_text())

    def seal(self, text: str) -> str:
        """A text only this key can read again."""
        return self._fernet.encrypt(text.encode()).decode()

    def _unseal(self, sealed: str) -> str:
        """The text that was sealed; WrongKey when it was sealed with another key."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise WrongKey("This database was sealed with another key.") from None

    def encrypt(self, purpose: str, text: str) -> str:
        """The text encrypted, for an address that others can read; good for this purpose only."""
        return self._cipher(purpose).encrypt(text.encode()).decode().rstrip("=")

    def decrypt(self, purpose: str, encrypted: str) -> str | None:
        """The text that was encrypted here for this purpose; None when it was not, or was altered."""
        try:
            return self._cipher(purpose).decrypt((encrypted + "=" * (-len(encrypted) % 4)).encode()).decode()
        except InvalidToken:
            return None

    def _cipher(self, purpose: str) -> Fernet:
        return Fernet(base64.urlsafe_b64encode(self._derive(purpose)))

    def sign(self, purpose: str, message: bytes) -> bytes:
        """A 16-byte signature over a message, good for this purpose only."""
        return hmac.digest(self._derive(purpose), message, "sha256")[:16]

    def is_signed(self, purpose: str, message: bytes, signature: bytes) -> bool:
        """Was this message signed here for this purpose? Compared in constant time."""
        return hmac.compare_digest(self.sign(purpose, message), signature)

    def _derive(self, purpose: str) -> bytes:
        return hmac.digest(self._key, b"kempelen " + purpose.encode(), "sha256")


def digest(secret: str) -> str:
    """How a token that needs only be recognised is kept: its SHA-256, in hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()
