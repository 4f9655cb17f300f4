"""What providers are asked to do, and what came of it in the ledger."""

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import core.clock
import core.db.ids
import payments.models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0009_changed"),
        ("payments", "0003_updated_at"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PaymentOperation",
            fields=[
                (
                    "id",
                    core.db.ids.UUID7Field(
                        db_default=core.db.ids.UUIDv7(),
                        default=core.db.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        default=core.clock.now,
                        editable=False,
                        verbose_name="created",
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        auto_now=True, db_default=django.db.models.functions.datetime.Now(), verbose_name="updated"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("start", "Start"),
                            ("capture", "Capture"),
                            ("refund", "Refund"),
                            ("cancel", "Cancellation"),
                        ],
                        max_length=16,
                        verbose_name="kind",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "Requested"),
                            ("undecided", "Undecided"),
                            ("succeeded", "Succeeded"),
                            ("declined", "Declined"),
                            ("withdrawn", "Not needed"),
                        ],
                        default="requested",
                        max_length=16,
                        verbose_name="state",
                    ),
                ),
                ("amount_minor", models.BigIntegerField(verbose_name="amount")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                (
                    "provider_key",
                    models.CharField(
                        default=payments.models.new_provider_key,
                        editable=False,
                        max_length=64,
                        unique=True,
                        verbose_name="idempotency key",
                    ),
                ),
                (
                    "provider_reference",
                    models.CharField(blank=True, default="", max_length=255, verbose_name="provider's reference"),
                ),
                ("attempts", models.PositiveIntegerField(default=0, verbose_name="attempts")),
                ("next_attempt_at", models.DateTimeField(blank=True, null=True, verbose_name="next attempt")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided")),
                (
                    "error_code",
                    models.CharField(blank=True, default="", max_length=100, verbose_name="provider's code"),
                ),
                (
                    "error_message",
                    models.CharField(blank=True, default="", max_length=500, verbose_name="provider's message"),
                ),
                ("note", models.CharField(blank=True, default="", max_length=250, verbose_name="note")),
                (
                    "entry_point",
                    models.CharField(
                        choices=[
                            ("page", "Page"),
                            ("admin", "Admin"),
                            ("api", "API"),
                            ("command", "Command"),
                            ("task", "Background task"),
                            ("import", "Import"),
                        ],
                        max_length=16,
                        verbose_name="entry point",
                    ),
                ),
            ],
            options={
                "verbose_name": "payment operation",
                "verbose_name_plural": "payment operations",
                "ordering": ["created_at", "id"],
            },
        ),
        migrations.CreateModel(
            name="PaymentOperationStep",
            fields=[
                (
                    "id",
                    core.db.ids.UUID7Field(
                        db_default=core.db.ids.UUIDv7(),
                        default=core.db.ids.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "Requested"),
                            ("undecided", "Undecided"),
                            ("succeeded", "Succeeded"),
                            ("declined", "Declined"),
                            ("withdrawn", "Not needed"),
                        ],
                        max_length=16,
                        verbose_name="state",
                    ),
                ),
                ("attempt", models.PositiveIntegerField(verbose_name="attempt")),
                ("code", models.CharField(blank=True, default="", max_length=100, verbose_name="provider's code")),
                (
                    "message",
                    models.CharField(blank=True, default="", max_length=500, verbose_name="provider's message"),
                ),
                (
                    "entry_point",
                    models.CharField(
                        choices=[
                            ("page", "Page"),
                            ("admin", "Admin"),
                            ("api", "API"),
                            ("command", "Command"),
                            ("task", "Background task"),
                            ("import", "Import"),
                        ],
                        max_length=16,
                        verbose_name="entry point",
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        default=core.clock.now,
                        editable=False,
                        verbose_name="when",
                    ),
                ),
            ],
            options={
                "verbose_name": "operation step",
                "verbose_name_plural": "operation steps",
                "ordering": ["created_at", "id"],
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="payment",
            name="updated_at_after_update",
        ),
        migrations.AddField(
            model_name="payment",
            name="provider_reference",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=255, verbose_name="provider's reference"
            ),
        ),
        migrations.AddField(
            model_name="payment",
            name="redirect_url",
            field=models.CharField(blank=True, db_default="", default="", max_length=2000, verbose_name="payment page"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="payment",
            trigger=pgtrigger.compiler.Trigger(
                name="updated_at_after_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n    PERFORM FROM orders_order WHERE id IN (SELECT unnest(ARRAY[before.order_id, after.order_id]) FROM before JOIN after USING (id) WHERE (before.order_id, before.status, before.amount_minor, before.captured_at, before.provider, before.redirect_url) IS DISTINCT FROM (after.order_id, after.status, after.amount_minor, after.captured_at, after.provider, after.redirect_url)) AND updated_at < transaction_timestamp() ORDER BY id FOR NO KEY UPDATE;\n    UPDATE orders_order SET updated_at = clock_timestamp() WHERE id IN (SELECT unnest(ARRAY[before.order_id, after.order_id]) FROM before JOIN after USING (id) WHERE (before.order_id, before.status, before.amount_minor, before.captured_at, before.provider, before.redirect_url) IS DISTINCT FROM (after.order_id, after.status, after.amount_minor, after.captured_at, after.provider, after.redirect_url)) AND updated_at < transaction_timestamp();\n    RETURN NULL;\n",
                    hash="e70708ea35edc7242ffb23daf79444d5eed4c6dc",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_updated_at_after_update_c3c9b",
                    referencing="REFERENCING OLD TABLE AS before  NEW TABLE AS after ",
                    table="payments_payment",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="paymentoperation",
            name="actor",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="by",
            ),
        ),
        migrations.AddField(
            model_name="paymentoperation",
            name="payment",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="operations",
                to="payments.payment",
                verbose_name="payment",
            ),
        ),
        migrations.AddField(
            model_name="paymenttransaction",
            name="operation",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="transactions",
                to="payments.paymentoperation",
                verbose_name="operation",
            ),
        ),
        migrations.AddField(
            model_name="paymentoperationstep",
            name="operation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="steps",
                to="payments.paymentoperation",
                verbose_name="operation",
            ),
        ),
        migrations.AddIndex(
            model_name="paymentoperation",
            index=models.Index(
                condition=models.Q(("state__in", ["requested", "undecided"])),
                fields=["next_attempt_at"],
                name="payments_operation_due",
            ),
        ),
        migrations.AddIndex(
            model_name="paymentoperation",
            index=models.Index(fields=["-created_at", "-id"], name="payments_operation_newest"),
        ),
        migrations.AddConstraint(
            model_name="paymentoperation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["requested", "undecided"])),
                fields=("payment", "kind"),
                name="payments_operation_one_in_flight",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentoperation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "start")), fields=("payment",), name="payments_operation_one_start"
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentoperation",
            constraint=models.CheckConstraint(
                condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="payments_paymentoperation_currency_iso"
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentoperation",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)), name="payments_operation_amount_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentoperation",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["start", "capture", "refund", "cancel"])),
                name="payments_operation_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentoperation",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["requested", "undecided", "succeeded", "declined", "withdrawn"])),
                name="payments_operation_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentoperation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("decided_at", None),
                        ("next_attempt_at__isnull", False),
                        ("state__in", ["requested", "undecided"]),
                    ),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("next_attempt_at", None),
                        ("state__in", ["declined", "succeeded", "withdrawn"]),
                    ),
                    _connector="OR",
                ),
                name="payments_operation_decided_or_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentoperation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["undecided", "declined"]), _negated=True),
                    models.Q(("error_code", ""), _negated=True),
                    _connector="OR",
                ),
                name="payments_operation_reason_given",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="paymentoperation",
            trigger=pgtrigger.compiler.Trigger(
                name="state_transitions",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{requested:declined,requested:succeeded,requested:undecided,requested:withdrawn,undecided:declined,undecided:succeeded,undecided:withdrawn}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="7f62b5b164432e750fd6ae9a488a87f8616bab4c",
                    operation="UPDATE",
                    pgid="pgtrigger_state_transitions_bc9e4",
                    table="payments_paymentoperation",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="paymentoperation",
            trigger=pgtrigger.compiler.Trigger(
                name="never_deleted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="dcb02000cc9177a195ee0ad0955c2495fd361ff9",
                    operation="DELETE",
                    pgid="pgtrigger_never_deleted_9933a",
                    table="payments_paymentoperation",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="paymentoperationstep",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["requested", "undecided", "succeeded", "declined", "withdrawn"])),
                name="payments_operationstep_state_known",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="paymentoperationstep",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="ee682ac84aae201f788b3ecaa552f9a8eb7f80ff",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_ef736",
                    table="payments_paymentoperationstep",
                    when="BEFORE",
                ),
            ),
        ),
    ]
