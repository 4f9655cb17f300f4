"""A provider's reference and an operation's outcome are there once; the indexes are made beside the shop's work."""

from typing import Any, ClassVar

from django.db import migrations, models
from django.db.models import Q

_REFERENCE, _OUTCOME = "payments_payment_reference_once", "payments_transaction_operation_once"
_PAIR, _PAIR_OF_PAYMENT = "payments_payment_with_currency", "payments_operation_currency_of_payment"


def _unique(name: str, on: str) -> list[str]:
    # What a run that was cut off left behind is not valid.
    return [f"DROP INDEX CONCURRENTLY IF EXISTS {name}", f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON {on}"]


def _without(name: str) -> str:
    return f"DROP INDEX CONCURRENTLY IF EXISTS {name}"


class Migration(migrations.Migration):
    atomic = False
    dependencies: ClassVar[list[tuple[str, str]]] = [("payments", "0004_operations")]
    operations: ClassVar[list[Any]] = [
        migrations.RunSQL(
            _unique(_REFERENCE, "payments_payment (provider, provider_reference) WHERE provider_reference <> ''"),
            _without(_REFERENCE),
            state_operations=[
                migrations.AddConstraint(
                    model_name="payment",
                    constraint=models.UniqueConstraint(
                        fields=["provider", "provider_reference"], condition=~Q(provider_reference=""), name=_REFERENCE
                    ),
                )
            ],
        ),
        migrations.RunSQL(
            _unique(_OUTCOME, "payments_paymenttransaction (operation_id) WHERE operation_id IS NOT NULL"),
            _without(_OUTCOME),
            state_operations=[
                migrations.AddConstraint(
                    model_name="paymenttransaction",
                    constraint=models.UniqueConstraint(
                        fields=["operation"], condition=Q(operation__isnull=False), name=_OUTCOME
                    ),
                )
            ],
        ),
        migrations.RunSQL(
            [
                f"ALTER TABLE payments_payment DROP CONSTRAINT IF EXISTS {_PAIR}",
                *_unique(_PAIR, "payments_payment (id, currency)"),
                f"ALTER TABLE payments_payment ADD CONSTRAINT {_PAIR} UNIQUE USING INDEX {_PAIR}",
            ],
            f"ALTER TABLE payments_payment DROP CONSTRAINT {_PAIR}",
            state_operations=[
                migrations.AddConstraint(
                    model_name="payment", constraint=models.UniqueConstraint(fields=["id", "currency"], name=_PAIR)
                )
            ],
        ),
        migrations.RunSQL(
            f"""
            ALTER TABLE payments_paymentoperation ADD CONSTRAINT {_PAIR_OF_PAYMENT}
              FOREIGN KEY (payment_id, currency) REFERENCES payments_payment (id, currency)
              DEFERRABLE INITIALLY DEFERRED
            """,
            f"ALTER TABLE payments_paymentoperation DROP CONSTRAINT {_PAIR_OF_PAYMENT}",
        ),
    ]
