"""Passwords of tests cost little to hash; what is made for real is kept here, for the test that looks at it."""

from __future__ import annotations

from argon2 import PasswordHasher

from hub.identity import assertion, login

REAL = (login._PASSWORDS, assertion._SECRETS)


def make_cheap() -> None:
    """A tenth of a second and 64 MiB for each password is what a guesser shall pay, not every test."""
    login._PASSWORDS = assertion._SECRETS = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
