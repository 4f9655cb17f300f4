"""What holds of customer groups."""

from core.integrity import Check

CUSTOMER_GROUPS = (
    Check(
        code="accounts.group_members",
        title="Nobody whose personal data was erased is in a customer group.",
        query="""
            SELECT membership.id, customer_group.code AS subject, 'no member' AS expected,
                   'the erased customer ' || membership.customer_id AS actual
              FROM accounts_customergroupmembership AS membership
              JOIN accounts_customergroup AS customer_group ON customer_group.id = membership.group_id
              JOIN accounts_user AS person ON person.id = membership.customer_id
             WHERE person.erased_at IS NOT NULL
        """,
    ),
)
