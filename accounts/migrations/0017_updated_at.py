"""Triggers that move `updated_at` with what is shown of a row."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0016_folded_words"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name="user",
            trigger=pgtrigger.compiler.Trigger(
                name="updated_at_moves",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."company" IS DISTINCT FROM (NEW."company") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."date_joined" IS DISTINCT FROM (NEW."date_joined") OR OLD."date_of_birth" IS DISTINCT FROM (NEW."date_of_birth") OR OLD."email" IS DISTINCT FROM (NEW."email") OR OLD."erased_at" IS DISTINCT FROM (NEW."erased_at") OR OLD."first_name" IS DISTINCT FROM (NEW."first_name") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."is_staff" IS DISTINCT FROM (NEW."is_staff") OR OLD."is_superuser" IS DISTINCT FROM (NEW."is_superuser") OR OLD."last_name" IS DISTINCT FROM (NEW."last_name") OR OLD."phone" IS DISTINCT FROM (NEW."phone") OR OLD."preferred_currency" IS DISTINCT FROM (NEW."preferred_currency") OR OLD."preferred_language" IS DISTINCT FROM (NEW."preferred_language") OR OLD."source" IS DISTINCT FROM (NEW."source") OR OLD."source_key" IS DISTINCT FROM (NEW."source_key") OR OLD."username" IS DISTINCT FROM (NEW."username"))',
                    func="\n    IF NEW.updated_at = OLD.updated_at THEN\n        NEW.updated_at = clock_timestamp();\n    END IF;\n    RETURN NEW;\n",
                    hash="7a622f5b7bd2b8834ab5468c6cf4f6e41c8fe9f9",
                    operation="UPDATE",
                    pgid="pgtrigger_updated_at_moves_8337c",
                    table="accounts_user",
                    when="BEFORE",
                ),
            ),
        ),
    ]
