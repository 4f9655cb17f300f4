"""Customers without log-in, and their address books."""

from etl.context import Context, Loader
from etl.entities import Entity, address_fields, reference, text
from etl.upsert import run_sql, upsert

CUSTOMER = Entity(
    name="customer",
    table="accounts_user",
    fields=(text("first_name", 150), text("last_name", 150), text("company", 200), text("phone", 40)),
    held="SELECT source_key FROM accounts_user WHERE source = {source}",
)
ADDRESS = Entity(
    name="address",
    table="accounts_address",
    fields=(reference("customer", "customer"), *address_fields()),
    held="SELECT source_key FROM accounts_address WHERE source = {source}",
)
_ADDRESS_COLUMNS = tuple(field.name for field in ADDRESS.fields if field.name != "customer")

# Django reads a leading "!" as "no password fits".
_NO_PASSWORD = "'!' || replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '')"  # noqa: S105

# The first address of a customer who has no default yet.
_IS_DEFAULT = """
    row_number() OVER (PARTITION BY r.customer_id ORDER BY r._row) = 1
    AND NOT EXISTS (SELECT 1 FROM accounts_address AS other WHERE other.user_id = r.customer_id AND other.{column})
"""


# A customer has one default of a kind: an address that changes hands leaves that behind.
_NO_LONGER_DEFAULT = """
    UPDATE accounts_address AS address SET is_default_shipping = false, is_default_billing = false
      FROM {ready_address} AS r
     WHERE r.action = 'update' AND address.id = r.id AND address.user_id <> r.customer_id
"""


def _load_customers(context: Context) -> None:
    upsert(
        context,
        table="accounts_user",
        entity=CUSTOMER,
        values={name: f"r.{name}" for name in ("first_name", "last_name", "company", "phone")},
        first={"id": "r.id", "password": _NO_PASSWORD, "is_superuser": "false", "date_joined": "now()"},
    )


def _load_addresses(context: Context) -> None:
    run_sql(context, _NO_LONGER_DEFAULT, ADDRESS)
    defaults = ("is_default_shipping", "is_default_billing")
    upsert(
        context,
        table="accounts_address",
        entity=ADDRESS,
        values={"user_id": "r.customer_id"} | {name: f"r.{name}" for name in _ADDRESS_COLUMNS},
        first={"id": "r.id"} | {column: _IS_DEFAULT.format(column=column) for column in defaults},
    )


CUSTOMER_LOADER = Loader(entities=(CUSTOMER,), load=_load_customers)
ADDRESS_LOADER = Loader(entities=(ADDRESS,), load=_load_addresses)
