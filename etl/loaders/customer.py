"""Customer groups, customers without a password, and their address books."""

from dataclasses import replace

from etl.context import Context, Loader
from etl.entities import Entity, address_fields, code, email, flag, lines, reference, text
from etl.upsert import in_english, run_sql, upsert

CUSTOMER_GROUP = Entity(
    name="customer_group",
    table="accounts_customergroup",
    fields=(
        code("code", 60, unique_in=("accounts_customergroup", "code")),
        text("name", 120, required=True),
        lines("description", 2_000),
    ),
    held="SELECT source_key FROM accounts_customergroup WHERE source = {source}",
)
CUSTOMER = Entity(
    name="customer",
    table="accounts_user",
    fields=(
        text("first_name", 150),
        text("last_name", 150),
        text("company", 200),
        text("phone", 40),
        replace(email("email", unique_in=("accounts_user", "email")), is_hashed_if_mapped=True),
        # Whether the source has proof that the address is the customer's.
        replace(flag("email_verified", required=False), is_hashed_if_mapped=True),
        replace(reference("customer_group", "customer_group", required=False), is_hashed_if_mapped=True),
    ),
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


# What a person had erased does not come back, whatever the source says of them.
_KEEP_ERASED = """
    UPDATE {ready_customer} AS r SET action = 'unchanged'
      FROM accounts_user AS held WHERE held.id = r.id AND held.erased_at IS NOT NULL
"""

# Whoever can log in has an account of their own, and says themselves where they are reached.
_IS_CLAIMED = "(held.password NOT LIKE '!%' OR held.last_login IS NOT NULL OR held.username IS NOT NULL)"

_DROP_EMAILS = f"""
    DELETE FROM account_emailaddress AS address
     USING {{ready_customer}} AS r JOIN accounts_user AS held ON held.id = r.id
     WHERE address.user_id = r.id AND r.action = 'update' AND NOT {_IS_CLAIMED}
       AND (address.email <> r.email OR NOT coalesce(r.email_verified, false))
"""  # noqa: S608  composed of constants
_ADD_EMAILS = f"""
    INSERT INTO account_emailaddress (user_id, email, verified, "primary")
    SELECT r.id, r.email, coalesce(r.email_verified, false), true
      FROM {{ready_customer}} AS r JOIN accounts_user AS held ON held.id = r.id
     WHERE r.email <> '' AND r.action <> 'unchanged' AND NOT {_IS_CLAIMED}
       AND NOT EXISTS (SELECT 1 FROM account_emailaddress AS other WHERE other.user_id = r.id)
     ORDER BY r._row
    ON CONFLICT DO NOTHING
"""  # noqa: S608  composed of constants


# A source puts a customer into one group. Groups that staff or another source chose stay, and where they chose the same
# one it stays theirs.
_LEAVE_GROUPS = """
    DELETE FROM accounts_customergroupmembership AS membership
     USING {ready_customer} AS r
     WHERE membership.source = {source} AND membership.source_key = r.source_key AND r.action = 'update'
       AND membership.group_id IS DISTINCT FROM r.customer_group_id
"""
_JOIN_GROUPS = """
    INSERT INTO accounts_customergroupmembership (source, source_key, group_id, customer_id)
    SELECT {source}, r.source_key, r.customer_group_id, r.id
      FROM {ready_customer} AS r
     WHERE r.customer_group_id IS NOT NULL AND r.action <> 'unchanged'
     ORDER BY r._row
    ON CONFLICT DO NOTHING
"""


def _check_customers(context: Context) -> None:
    run_sql(context, _KEEP_ERASED, CUSTOMER)


def _load_groups(context: Context) -> None:
    upsert(
        context,
        table="accounts_customergroup",
        entity=CUSTOMER_GROUP,
        values={"code": "r.code", **in_english("name", "description")},
        first={"id": "r.id"},
    )


def _load_customers(context: Context) -> None:
    upsert(
        context,
        table="accounts_user",
        entity=CUSTOMER,
        joins="LEFT JOIN accounts_user AS held ON held.id = r.id",
        values={
            "email": f"CASE WHEN {_IS_CLAIMED} THEN held.email ELSE nullif(r.email, '') END",
            **{name: f"r.{name}" for name in ("first_name", "last_name", "company", "phone")},
        },
        first={"id": "r.id", "password": _NO_PASSWORD, "is_superuser": "false", "date_joined": "now()"},
    )
    for statement in (_DROP_EMAILS, _ADD_EMAILS, _LEAVE_GROUPS, _JOIN_GROUPS):
        run_sql(context, statement, CUSTOMER)


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


CUSTOMER_GROUP_LOADER = Loader(entities=(CUSTOMER_GROUP,), load=_load_groups)
CUSTOMER_LOADER = Loader(entities=(CUSTOMER,), load=_load_customers, check=_check_customers)
ADDRESS_LOADER = Loader(entities=(ADDRESS,), load=_load_addresses)
