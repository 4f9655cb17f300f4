"""The stages of a run, each committed before the next begins; see docs/etl.md for what a kill leaves behind."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from psycopg import sql

from catalog.models import Product
from catalog.search.rows import refresh_rows
from etl.context import Context, Loader
from etl.errors import SourceError
from etl.loaders import all_loaders
from etl.loaders.product import show
from etl.mapping import EntityMapping, Mapping
from etl.models import Run, RunEntity
from etl.pictures import add_placeholders
from etl.reconciliation import gone_rows, reconcile
from etl.report import EXAMPLES, build_report, is_clean
from etl.row_comparison import compare_rows
from etl.source import Source
from etl.staging import copy_stream, execute, fetch
from etl.upsert import prune
from etl.validation import (
    check_expressions,
    create_problems,
    emptied_values,
    find_problems,
    make_ready,
    record_rejections,
    shape,
)

Say = Callable[[str], None]

_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Runner:
    """One run of a mapping over an open source."""

    mapping: Mapping
    source: Source
    run: Run
    context: Context
    dry_run: bool
    say: Say

    def __call__(self) -> None:
        """Read, load entity by entity, finish, compare; the run's status says how it went."""
        create_problems(self.context)
        self._read()
        self._check()
        for loader in all_loaders():
            mapped = [self.mapping.entities[one.name] for one in loader.entities if one.name in self.mapping.entities]
            if mapped:
                self._stage(f"loading {mapped[0].entity.name}")
                self._load(loader, mapped)
        pictures = self._finish()
        self._stage("comparing")
        self._compare(pictures)

    def _stage(self, stage: str) -> None:
        self.run.stage = stage
        self.run.save(update_fields=["stage"])
        self.say(stage)

    def _read(self) -> None:
        for stream in self.mapping.streams.values():
            self._stage(f"reading {stream.name}")
            copied = copy_stream(self.source, stream, self.context.staging.stream(stream.name))
            if (expected := self.source.count(stream)) != copied:
                raise SourceError(f"{stream.name}: the source counts {expected} rows, but gave {copied}")
            self.say(f"  {copied:,} rows")

    def _check(self) -> None:
        self._stage("checking the mapping")
        with transaction.atomic():
            _name_functions()
            for mapped in self.mapping.entities.values():
                check_expressions(self.context, mapped)

    def _load(self, loader: Loader, mapped: list[EntityMapping]) -> None:
        with transaction.atomic():
            _name_functions()
            for one in mapped:
                shape(self.context, one)
                find_problems(self.context, self.mapping, one)
                make_ready(self.context, self.mapping, one)
            loader.check(self.context)
            for one in mapped:
                prune(self.context, one.entity)
                record_rejections(self.context, one)
            loader.load(self.context)
            for one in mapped:
                self._remember(one)
                self._account(one)
            # References are checked here, not at a commit that a dry run never comes to.
            execute(sql.SQL("SET CONSTRAINTS ALL IMMEDIATE"))
            execute(sql.SQL("SET CONSTRAINTS ALL DEFERRED"))

    def _remember(self, mapped: EntityMapping) -> None:
        query = """
            INSERT INTO etl_keymap
                   (source, entity, source_key, target_id, content_hash, first_run_id, last_run_id)
            SELECT {source}, {entity}, source_key, id, content_hash, {run}, {run} FROM {ready} ORDER BY _row
            ON CONFLICT (source, entity, source_key) DO UPDATE
               SET target_id = EXCLUDED.target_id, content_hash = EXCLUDED.content_hash, last_run_id = {run}
        """
        name = mapped.entity.name
        ready = self.context.staging.ready(name)
        execute(sql.SQL(query).format(**self.context.parts(), entity=sql.Literal(name), ready=ready))

    def _account(self, mapped: EntityMapping) -> None:
        staging, name = self.context.staging, mapped.entity.name
        ready = sql.SQL("SELECT action, count(*) FROM {} GROUP BY action").format(staging.ready(name))
        shaped = sql.SQL("SELECT count(*) FROM {}").format(staging.shaped(name))
        actions = dict(fetch(ready))
        account = RunEntity(
            run=self.run,
            entity=name,
            position=list(self.mapping.entities).index(name),
            read=fetch(shaped)[0][0],
            inserted=actions.get("insert", 0),
            updated=actions.get("update", 0),
            unchanged=actions.get("unchanged", 0),
            rejected=self.run.rejections.filter(entity=name).count(),
            loaded_at=timezone.now(),
        )
        account.save(force_insert=True)
        self.say(
            f"  {name}: {account.read:,} read = {account.inserted:,} inserted + {account.updated:,} updated"
            f" + {account.unchanged:,} unchanged + {account.rejected:,} rejected"
        )

    def _finish(self) -> int:
        """What needs Python for each product; rows that a killed run left unfinished are found again."""
        if "product" not in self.mapping.entities:
            return 0
        self._stage("folding names for search")
        _fold_names(self.mapping.source)
        if self.dry_run:
            return 0  # files are not rolled back
        self._stage("drawing placeholders")
        return add_placeholders(self.mapping.source, partial(show, self.context))

    def _compare(self, pictures: int) -> None:
        with transaction.atomic():
            _name_functions()
            comparisons = reconcile(self.context, self.mapping)
            rows = compare_rows(self.context, self.mapping, limit=EXAMPLES)
            gone = gone_rows(self.context, self.mapping, limit=EXAMPLES)
            emptied = emptied_values(self.context, limit=EXAMPLES)
        run, currency = self.run, self.mapping.currency
        run.report = build_report(
            run, comparisons, rows, currency=currency, pictures=pictures, gone=gone, emptied=emptied
        )
        run.status = Run.Status.SUCCEEDED if is_clean(run.report) else Run.Status.DIFFERS
        run.stage, run.finished_at = "", timezone.now()
        run.save()


def _name_functions() -> None:
    """Let a mapping's SQL call number(), moment(), yes() and slug() without their schema, in this transaction."""
    execute(sql.SQL("SELECT set_config('search_path', current_setting('search_path') || ', etl_staging', true)"))


def _fold_names(source: str) -> None:
    """Fill the search text of new and renamed products, batch by batch."""
    after: UUID | None = None
    while True:
        products = Product.objects.filter(source=source, search_text="").order_by("id")
        batch = list((products.filter(pk__gt=after) if after else products).values_list("pk", flat=True)[:_BATCH])
        if not batch:
            return
        refresh_rows(product_ids=batch)
        after = batch[-1]
