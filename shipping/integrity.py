"""What holds of parcels: what is in them, and what follows for the order."""

from core.db.locking import literals, quoted
from core.integrity import Check
from orders.states import FulfilmentStatus
from shipping.states import CAME_BACK, GONE, NOT_YET_ARRIVED, ShipmentState

_CAME_BACK = quoted(CAME_BACK)
_FULFILMENT = literals(FulfilmentStatus)
_SHIPMENT = literals(ShipmentState)
# Few parcels come back, so these are looked up in memory, and the millions of others are not joined.
_PACKED = f"""
    (SELECT order_line_id, sum(quantity) AS units, min(id) AS id FROM shipping_shipmentline
      WHERE shipment_id NOT IN (SELECT id FROM shipping_shipment WHERE status IN ({_CAME_BACK})) GROUP BY order_line_id)
"""  # noqa: S608  composed of constants

SHIPPING = (
    Check(
        code="shipping.fulfilment",
        title="An order's fulfilment status follows from its parcels.",
        query=f"""
            SELECT held.id, held.number AS subject, derived.status AS expected, held.fulfilment_status AS actual
              FROM orders_order AS held
              LEFT JOIN (SELECT shipment.order_id, coalesce(bool_and(shipment.status = {_SHIPMENT.DELIVERED})
                                    FILTER (WHERE shipment.status NOT IN ({_CAME_BACK})), true) AS all_delivered
                           FROM shipping_shipment AS shipment GROUP BY 1) AS parcels ON parcels.order_id = held.id
              LEFT JOIN (SELECT line.order_id, bool_or(line.quantity > coalesce(packed.units, 0)) AS some_left
                           FROM orders_orderline AS line
                           LEFT JOIN {_PACKED} AS packed ON packed.order_line_id = line.id
                          GROUP BY line.order_id) AS units ON units.order_id = held.id
             CROSS JOIN LATERAL (
                  SELECT CASE WHEN parcels.order_id IS NULL THEN {_FULFILMENT.UNFULFILLED}
                              WHEN units.some_left THEN {_FULFILMENT.PARTIALLY_SHIPPED}
                              WHEN parcels.all_delivered THEN {_FULFILMENT.DELIVERED}
                                   ELSE {_FULFILMENT.SHIPPED} END AS status) AS derived
             WHERE held.fulfilment_status <> derived.status
        """,  # noqa: S608  composed of constants
    ),
    Check(
        code="shipping.parcel_lines",
        title="A parcel holds lines of its own order, and of none more units than were ordered.",
        query=f"""
            SELECT part.id, held.number AS subject, 'lines of this order' AS expected,
                   'a line of another: ' || line.sku AS actual
              FROM shipping_shipmentline AS part
              JOIN shipping_shipment AS shipment ON shipment.id = part.shipment_id
              JOIN orders_orderline AS line ON line.id = part.order_line_id
              JOIN orders_order AS held ON held.id = shipment.order_id
             WHERE line.order_id <> shipment.order_id
             UNION ALL
            SELECT packed.id, held.number || ' ' || line.sku, line.quantity || ' units at most',
                   packed.units || ' units'
              FROM {_PACKED} AS packed
              JOIN orders_orderline AS line ON line.id = packed.order_line_id
              JOIN orders_order AS held ON held.id = line.order_id
             WHERE packed.units > line.quantity
        """,  # noqa: S608  composed of constants
    ),
    Check(
        code="shipping.dates",
        title="A parcel that left is dated, and so is one that arrived.",
        query=f"""
            SELECT shipment.id, held.number AS subject,
                   CASE WHEN shipment.status = {_SHIPMENT.PREPARING} THEN 'no date' ELSE 'dated' END AS expected,
                   concat_ws(', ', shipment.status, 'shipped ' || coalesce(shipment.shipped_at::text, '–'),
                             'delivered ' || coalesce(shipment.delivered_at::text, '–')) AS actual
              FROM shipping_shipment AS shipment JOIN orders_order AS held ON held.id = shipment.order_id
             WHERE shipment.status IN ({quoted(GONE | {ShipmentState.RETURNED})}) AND shipment.shipped_at IS NULL
                OR shipment.status = {_SHIPMENT.DELIVERED} AND shipment.delivered_at IS NULL
                OR shipment.status IN ({quoted(NOT_YET_ARRIVED)}) AND shipment.delivered_at IS NOT NULL
        """,  # noqa: S608  composed of constants
    ),
)
