"""What staff does in the shop, and the permissions that each action needs: in the admin and by the API alike.

The admin asks by `core.admin.needs()`, the API by `ApiViewSet.staff_actions`, everything else by `core.staff.may()`.
What each role may do follows from `accounts.roles`; docs/roles.md shows it.
"""

from enum import Enum


class Action(Enum):
    """An action with its name for people and its permissions, all of which it needs."""

    VIEW_PRODUCT = "See products that are not on sale", "catalog.view_product"
    # A product comes with its first variant, which has its SKU and price.
    ADD_PRODUCT = "Add a product", "catalog.add_product", "catalog.add_variant"
    CHANGE_PRODUCT = "Change a product, put it on sale or take it off", "catalog.change_product"
    CHANGE_PRICE = "Change SKU, prices and measures", "catalog.change_product", "catalog.change_variant"
    DELETE_PRODUCT = "Delete a product", "catalog.delete_product"
    EDIT_VARIANTS = (
        "Edit the variants matrix",
        "catalog.change_product",
        "catalog.add_variant",
        "catalog.change_variant",
    )
    ADD_PICTURE = "Add pictures to a product", "catalog.change_product", "catalog.add_productimage"
    ADD_PICTURE_OF_NEW_PRODUCT = (
        "Add a product with pictures",
        "catalog.add_product",
        "catalog.add_variant",
        "catalog.add_productimage",
    )
    CHANGE_PICTURE = "Change a picture", "catalog.change_product", "catalog.change_productimage"
    DELETE_PICTURE = "Delete a picture", "catalog.change_product", "catalog.delete_productimage"
    IMPORT_PRODUCTS = (
        "Import many products",
        "catalog.add_product",
        "catalog.change_product",
        "catalog.add_variant",
        "catalog.change_variant",
    )
    EXPORT_PRODUCTS = "Export products", "catalog.view_product"
    ADD_CATEGORY = "Add a category", "catalog.add_category"
    CHANGE_CATEGORY = "Change a category", "catalog.change_category"
    DELETE_CATEGORY = "Delete a category", "catalog.delete_category"

    VIEW_STOCK = "See stock", "inventory.view_stockitem"
    VIEW_STOCK_MOVES = "See the ledger of a stock item", "inventory.view_stockitem", "inventory.view_stockmove"
    # Receiving makes the stock item where there is none yet.
    RECEIVE_STOCK = "Receive stock", "inventory.add_stockitem"
    ADJUST_STOCK = "Adjust stock", "inventory.change_stockitem"
    LIMIT_BACKORDERS = "Limit the backorders of a stock item", "inventory.change_stockitem"
    LIMIT_VARIANT_BACKORDERS = (
        "Limit the backorders of a variant without stock",
        "inventory.add_stockitem",
        "inventory.change_stockitem",
    )
    VIEW_LOCATION = "See stock locations", "inventory.view_location"

    VIEW_ORDER = "See all orders", "orders.view_order"
    PLACE_ORDER = "Place an order for a customer", "orders.add_order"
    CONFIRM_ORDER = "Confirm an order", "orders.change_order"
    EDIT_ORDER = "Edit an order", "orders.change_order"
    CANCEL_ORDER = "Cancel an order", "orders.change_order"
    # It delivers the shipments on their way.
    COMPLETE_ORDER = "Complete an order", "orders.change_order", "shipping.change_shipment"
    SHIP_ORDER = "Ship an order", "shipping.change_shipment"
    DELIVER_SHIPMENT = "Record a delivery", "shipping.change_shipment"
    VIEW_SHIPPING_METHOD = "See all shipping methods", "shipping.view_shippingmethod"

    VIEW_PAYMENT = "See all payments", "payments.view_payment"
    CAPTURE_PAYMENT = "Record a captured payment", "payments.change_payment"
    REFUND_PAYMENT = "Record a refund", "payments.change_payment"

    VIEW_CUSTOMER = "See customers", "accounts.view_user"
    CHANGE_CUSTOMER = "Change a customer", "accounts.change_user"
    # Whoever has the mailbox can set a new password.
    CHANGE_CUSTOMER_EMAIL = "Change a customer's e-mail address", "accounts.change_user", "accounts.readdress_user"
    ERASE_CUSTOMER = "Erase the personal data of a customer", "accounts.delete_user"
    REMOVE_SECOND_FACTOR = "Remove somebody's two-step log-in", "accounts.unlock_user"
    VIEW_SECURITY_EVENTS = "See security events", "accounts.view_securityevent"

    VIEW_MESSAGE = "See sent mails", "notifications.view_message"
    RESEND_MESSAGE = "Send a mail again", "notifications.change_message"
    VIEW_FAILED_TASK = "See failed tasks", "core.view_failedtask"
    RETRY_TASK = "Run a failed task again", "core.change_failedtask"
    VIEW_EVENT_DELIVERY = "See deliveries of events", "core.view_outboxdelivery"
    REPLAY_EVENT = "Deliver an event again", "core.change_outboxdelivery"
    VIEW_DATA_IMPORT = "See data imports", "etl.view_run"

    def __init__(self, label: str, *permissions: str) -> None:
        self.label = label
        self.permissions = permissions

    @property
    def alternatives(self) -> list[tuple[str, ...]]:
        """For each needed permission those of which one is enough: who may change rows may also see them."""
        return [
            (permission, permission.replace(".view_", ".change_")) if ".view_" in permission else (permission,)
            for permission in self.permissions
        ]
