"""The ORM of one process: its models know each other, and those of other processes do not.

The names are those of Tortoise ORM; what a name does is told where the two big ones differ.
"""

from _backend.orm import fields
from _backend.orm.model import process_model
from _backend.orm.query import DoesNotExist, MultipleObjectsReturned
from _backend.orm.sql import F, FieldError, Q
from _backend.orm.write import in_transaction, unknown as __getattr__

Model = process_model()
