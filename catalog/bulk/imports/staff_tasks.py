"""What imports of products have staff do."""

from collections.abc import Collection, Iterator

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.actions import CatalogAction
from catalog.bulk.imports.models import ImportJob
from catalog.bulk.imports.states import ImportState
from desk.kinds import Cause, TaskKind

IMPORT_REFUSED = "catalog.import_refused"


def _imports(object_ids: Collection[str] | None) -> Iterator[Cause]:
    incomplete = Q(state=ImportState.FAILED) | Q(state=ImportState.SUCCEEDED, failed__gt=0)
    jobs = ImportJob.objects.filter(incomplete)
    if object_ids is not None:
        jobs = jobs.filter(pk__in=object_ids)
    for job in jobs.order_by("id").iterator():
        params = {"file": job.file_name, "count": job.failed}
        yield Cause(object_id=str(job.pk), params=params, assignee_id=job.started_by_id)


TASK_KINDS = (
    TaskKind(
        code=IMPORT_REFUSED,
        label=_("Import incomplete"),
        title=_("Import of %(file)s: refused rows: %(count)s"),
        action=CatalogAction.IMPORT_PRODUCTS,
        object_type="catalog.importjob",
        causes=_imports,
    ),
)
