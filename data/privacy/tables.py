"""The secret of pseudonyms, made with the schema and kept in the database, so that a backup has it too."""

from typing import TYPE_CHECKING

from data.privacy.personal_data import Pseudonyms
from data.store.openers import System

if TYPE_CHECKING:
    from data.store.connection import Store


def pseudonyms_of(store: "Store") -> Pseudonyms:
    """The pseudonyms of a store; its secret is read when there is first a number to hide."""

    def secret() -> bytes:
        with store.transaction(System("pseudonyms")) as cursor:
            cursor.execute("SELECT secret FROM pseudonym_secret")
            row = cursor.fetchone()
            # The row comes with its table, and nothing here takes it away.
            assert row is not None  # noqa: S101
            return bytes(row[0])

    return Pseudonyms(secret)
