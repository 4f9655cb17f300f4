"""What staff does with customers, with the permissions that each action needs (core.actions)."""

from core.actions import Action


class AccountAction(Action):
    """What staff does with customers."""

    VIEW_CUSTOMER = "See customers", "accounts.view_user"
    CHANGE_CUSTOMER = "Change a customer", "accounts.change_user"
    # Whoever has the mailbox can set a new password.
    CHANGE_CUSTOMER_EMAIL = "Change a customer's e-mail address", "accounts.change_user", "accounts.readdress_user"
    ERASE_CUSTOMER = "Erase the personal data of a customer", "accounts.delete_user"
    REMOVE_SECOND_FACTOR = "Remove somebody's two-step log-in", "accounts.unlock_user"
    VIEW_CUSTOMER_GROUP = "See customer groups", "accounts.view_customergroup"
    ADD_CUSTOMER_GROUP = "Add a customer group", "accounts.add_customergroup"
    CHANGE_CUSTOMER_GROUP = "Change a customer group", "accounts.change_customergroup"
    DELETE_CUSTOMER_GROUP = "Delete a customer group", "accounts.delete_customergroup"
    VIEW_GROUP_MEMBERS = (
        "See the members of a customer group",
        "accounts.view_customergroup",
        "accounts.view_customergroupmembership",
    )
    ADD_GROUP_MEMBERS = "Add members to a customer group", "accounts.add_customergroupmembership"
    REMOVE_GROUP_MEMBERS = "Remove members from a customer group", "accounts.delete_customergroupmembership"
    VIEW_SECURITY_EVENTS = "See security events", "accounts.view_securityevent"
