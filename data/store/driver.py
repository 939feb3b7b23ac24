"""What tables of all rooms need of psycopg2: the parts of a statement, and rows in bulk.

Rooms with tables write their SQL with these and know no connection: transactions are opened by the store.
"""

from typing import TYPE_CHECKING

from psycopg2 import sql
from psycopg2.errors import UniqueViolation
from psycopg2.extras import Json, execute_values

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor  # noqa: N812  # a type, under the name of one
else:
    Cursor = object

__all__ = ["Cursor", "Json", "UniqueViolation", "execute_values", "sql"]
