"""The steps of a parcel: which its state allows, and what staff is asked."""

from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from checkout.services.fulfil_order import deliver_shipment
from core.admin import StepForm
from shipping.actions import ShippingAction
from shipping.models import Shipment
from shipping.states import TRANSITIONS, ShipmentState

# Label, icon and action of each step's button.
SHIPMENT_STEPS = {
    "deliver": (_("Mark delivered"), "home_pin", ShippingAction.DELIVER_SHIPMENT),
}


def shipment_steps(shipment: Shipment) -> set[str]:
    """The steps that the parcel's state allows."""
    return {"deliver"} if ShipmentState.DELIVERED in TRANSITIONS[shipment.status] else set()


class DeliverForm(StepForm):
    title = _("Mark delivered")
    submit = _("Mark delivered")
    intro = _("The parcel was handed over. With the last parcel, cash on delivery counts as collected.")

    def take(self, *, actor: User) -> Any:
        deliver_shipment(shipment_id=self.target.pk, actor=actor)
        return _now("The parcel is delivered.")
