"""What holds across apps: who holds stock, and what left the house."""

from carts.models import Cart
from core.db.locking import quoted
from core.integrity import Check
from orders.states import OPEN
from shipping.states import CAME_BACK, GONE

_OPEN = f"({quoted(OPEN)})"

CHECKOUT = (
    Check(
        code="checkout.reservation_holders",
        title="A line of an order under way holds a reservation; one that runs out, a line of an open cart.",
        query=f"""
            SELECT kept.id, kept.holder AS subject, CASE WHEN kept.expires_at IS NULL THEN 'a line of an open order'
                        ELSE 'a line of an open cart' END AS expected,
                   coalesce('a line of ' || held.number || ', ' || held.status,
                            'a line of cart ' || cart.id || ', ' || cart.status, 'nobody') AS actual
              FROM inventory_reservation AS kept
              LEFT JOIN orders_orderline AS line ON line.id = kept.holder
              LEFT JOIN orders_order AS held ON held.id = line.order_id
              LEFT JOIN carts_cartline AS wanted ON wanted.id = kept.holder
              LEFT JOIN carts_cart AS cart ON cart.id = wanted.cart_id
             WHERE CASE WHEN kept.expires_at IS NULL THEN coalesce(held.status NOT IN {_OPEN}, true)
                        ELSE coalesce(cart.status <> '{Cart.Status.OPEN}', true) END
        """,  # noqa: S608  composed of constants
    ),
    Check(
        code="checkout.units_promised",
        title="Of each line of an open order, all units are either reserved or gone; of what moved in, none or all.",
        # A parcel takes its units as it leaves. Units that came back are neither reserved nor gone until staff says.
        query=f"""
            SELECT line.id, held.number || ' ' || line.sku AS subject, line.quantity || ' units' AS expected,
                   coalesce(kept.units, 0) || ' reserved, ' || coalesce(gone.units, 0) || ' gone, '
                       || coalesce(gone.came_back, 0) || ' came back' AS actual
              FROM orders_order AS held
              JOIN orders_orderline AS line ON line.order_id = held.id
              LEFT JOIN (SELECT holder, sum(quantity) AS units FROM inventory_reservation GROUP BY holder) AS kept
                     ON kept.holder = line.id
              LEFT JOIN (SELECT part.order_line_id,
                                sum(part.quantity)
                                    FILTER (WHERE shipment.status IN ({quoted(GONE)})) AS units,
                                sum(part.quantity) FILTER (WHERE shipment.status IN ({quoted(CAME_BACK)})) AS came_back
                           FROM shipping_shipmentline AS part
                           JOIN shipping_shipment AS shipment ON shipment.id = part.shipment_id
                           JOIN orders_order AS sent ON sent.id = shipment.order_id AND sent.status IN {_OPEN}
                          GROUP BY part.order_line_id) AS gone ON gone.order_line_id = line.id
             CROSS JOIN LATERAL (
                  SELECT coalesce(kept.units, 0) + coalesce(gone.units, 0) AS least,
                         coalesce(kept.units, 0) + coalesce(gone.units, 0) + coalesce(gone.came_back, 0) AS most
                   ) AS sums
             WHERE held.status IN {_OPEN} AND line.quantity NOT BETWEEN sums.least AND sums.most
               AND NOT (held.source IS NOT NULL AND coalesce(kept.units, 0) = 0 AND sums.least <= line.quantity)
        """,  # noqa: S608  composed of constants
    ),
    Check(
        code="checkout.units_gone",
        title="What is in a parcel that left has left the stock.",
        # Lines whose variant did not move in have no stock here.
        query="""
            SELECT shipment.id, held.number AS subject, packed.units AS expected, coalesce(moved.units, 0) AS actual
              FROM shipping_shipment AS shipment
              JOIN orders_order AS held ON held.id = shipment.order_id
              JOIN (SELECT shipment_id, sum(quantity) AS units FROM shipping_shipmentline GROUP BY 1) AS packed
                ON packed.shipment_id = shipment.id
              LEFT JOIN (SELECT reference, -sum(quantity) AS units FROM inventory_stockmove
                          WHERE kind = 'shipment' GROUP BY reference) AS moved ON moved.reference = shipment.id
             WHERE shipment.shipped_at IS NOT NULL
               AND (held.source IS NULL AND packed.units <> coalesce(moved.units, 0) OR packed.units < moved.units)
        """,
    ),
)
