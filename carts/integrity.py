"""What holds of carts."""

from core.integrity import Check

CARTS = (
    Check(
        code="carts.one_open",
        title="A customer has one open cart at most.",
        query="""
            SELECT customer_id AS id, person.email AS subject, 'one' AS expected, count(*) AS actual
              FROM carts_cart JOIN accounts_user AS person ON person.id = customer_id
             WHERE status = 'open' GROUP BY customer_id, person.email HAVING count(*) > 1
        """,
    ),
    Check(
        code="carts.merged",
        title="A merged cart, and no other, names the cart that took its lines.",
        query="""
            SELECT cart.id, cart.id AS subject,
                   CASE cart.status WHEN 'merged' THEN 'another cart' ELSE 'none' END AS expected,
                   coalesce(cart.merged_into_id::text, 'none') AS actual
              FROM carts_cart AS cart
             WHERE (cart.status = 'merged') <> (cart.merged_into_id IS NOT NULL) OR cart.merged_into_id = cart.id
        """,
    ),
)
