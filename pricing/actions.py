"""What staff does with taxes, with the permissions that each action needs (core.actions)."""

from core.actions import Action


class PricingAction(Action):
    """What staff does with taxes."""

    VIEW_TAX_ZONE = "See tax zones", "pricing.view_taxzone"
    ADD_TAX_ZONE = "Add a tax zone", "pricing.add_taxzone"
    CHANGE_TAX_ZONE = "Change a tax zone, its areas and rates", "pricing.change_taxzone"
