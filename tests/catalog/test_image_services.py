"""Pictures are stored once, their sizes are made later, and what was not made is made up for."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from catalog import tasks
from catalog.media.images import Size, sized_name
from catalog.media.services import (
    MOST_FAILURES,
    SizesMade,
    add_images,
    make_missing_sizes,
    make_sizes,
    retry_sizes,
)
from catalog.models import ProductImage
from core.db.advisory_locks import AdvisoryLock, advisory_lock
from core.db.ids import new_id
from core.errors import InvalidInput, NotFound
from core.web.storage import keep
from tests.factories.catalog import ProductFactory, ProductImageFactory
from tests.factories.files import picture, sent_tasks, stored_picture, upload
from tests.races import at_once

pytestmark = pytest.mark.django_db


def stored_files(settings: Settings) -> list[str]:
    root = Path(settings.MEDIA_ROOT)
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def image_with_file(content: bytes | None = None, name: str = "products/tea.jpg", **fields: object) -> ProductImage:
    file = stored_picture(name, content)
    made: ProductImage = ProductImageFactory(external_url="", file=file, width=1200, height=600, **fields)
    return made


class TestAdding:
    def test_puts_pictures_behind_the_others_and_the_first_ever_becomes_primary(self) -> None:
        product = ProductFactory()

        first = add_images(product_id=product.pk, uploads=[upload(picture()), upload(picture(size=(500, 500)))])
        (later,) = add_images(product_id=product.pk, uploads=[upload(picture(size=(300, 300)))], alt_fr="Thé")

        assert [image.is_primary for image in [*first, later]] == [True, False, False]
        assert [image.position for image in [*first, later]] == [0, 1, 2]
        assert (later.alt_fr, later.width, later.height) == ("Thé", 300, 300)

    def test_hands_the_primary_flag_over_when_asked(self) -> None:
        old = ProductImageFactory()

        (new,) = add_images(product_id=old.product_id, uploads=[upload(picture())], is_primary=True)

        assert list(ProductImage.objects.filter(is_primary=True)) == [new]

    def test_stores_the_same_picture_once(self, settings: Settings) -> None:
        for _number in range(2):
            add_images(product_id=ProductFactory().pk, uploads=[upload(picture()), upload(picture(), "b.png")])

        assert len(stored_files(settings)) == 1
        assert ProductImage.objects.values("file").distinct().count() == 1

    def test_sends_a_task_for_each_picture(
        self, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
    ) -> None:
        with django_capture_on_commit_callbacks() as callbacks:
            images = add_images(product_id=ProductFactory().pk, uploads=[upload(picture()), upload(picture("PNG"))])

        assert sent_tasks(callbacks) == [("catalog.tasks.make_sizes", {"image_id": str(image.pk)}) for image in images]

    def test_adds_all_or_none(self, settings: Settings) -> None:
        with pytest.raises(InvalidInput) as caught:
            add_images(product_id=ProductFactory().pk, uploads=[upload(picture()), upload(b"no", "bad.jpg")])

        assert (caught.value.field, caught.value.details) == ("images", {"file": "bad.jpg"})
        assert not ProductImage.objects.exists()
        assert stored_files(settings) == []

    def test_needs_a_product(self) -> None:
        with pytest.raises(NotFound):
            add_images(product_id=new_id(), uploads=[upload(picture())])


class TestTheAddressesOfSizes:
    def test_are_the_picture_itself_until_the_sizes_are_made(self) -> None:
        image = image_with_file()

        assert {image.thumbnail_url, image.medium_url, image.large_url} == {image.url}
        assert image.srcset == ""

    def test_are_those_of_smaller_files_then(self) -> None:
        image = image_with_file()
        make_sizes(image_id=image.pk)
        image.refresh_from_db()

        assert len({image.url, image.thumbnail_url, image.medium_url, image.large_url}) == 4
        assert image.srcset == f"{image.medium_url} 400w, {image.large_url} 800w"
        for address in (image.thumbnail_url, image.medium_url, image.large_url):
            assert default_storage.exists(address.removeprefix("/media/"))

    def test_are_one_for_a_picture_elsewhere(self) -> None:
        image = ProductImageFactory()

        assert make_sizes(image_id=image.pk) is False
        assert image.thumbnail_url == image.large_url == image.url == "https://pictures.example/tea.webp"
        assert make_missing_sizes() == SizesMade()


class TestMakingSizes:
    def test_twice_changes_nothing(self, settings: Settings) -> None:
        image = image_with_file()

        assert make_sizes(image_id=image.pk) is True
        files = stored_files(settings)
        assert make_sizes(image_id=image.pk) is False
        assert stored_files(settings) == files
        assert len(files) == 4

    def test_serves_every_row_with_the_same_file(self) -> None:
        first = image_with_file()
        second = ProductImageFactory(external_url="", file=first.file.name, width=1200, height=600)

        make_sizes(image_id=first.pk)

        second.refresh_from_db()
        first.refresh_from_db()
        assert first.sizes_key == second.sizes_key != ""

    def test_shares_files_between_pictures_of_one_content(self, settings: Settings) -> None:
        for name in ("products/one.jpg", "placeholders/two.jpg"):
            image_with_file(name=name)

        assert make_missing_sizes() == SizesMade(made=2)
        assert len(stored_files(settings)) == 2 + 3

    def test_of_a_picture_that_is_gone_does_nothing(self) -> None:
        assert make_sizes(image_id=new_id()) is False

    def test_writes_again_what_a_kill_had_cut_off(self) -> None:
        image = image_with_file()
        make_sizes(image_id=image.pk)
        image.refresh_from_db()
        name = sized_name(image.sizes_key, Size.LARGE)
        whole = default_storage.size(name)
        default_storage.delete(name)
        default_storage.save(name, ContentFile(b"RIFF"))
        ProductImage.objects.update(sizes_key="")

        tasks.make_sizes(image_id=str(image.pk))

        assert default_storage.size(name) == whole


class TestTheSweep:
    def test_makes_what_lost_tasks_did_not(self) -> None:
        add_images(product_id=ProductFactory().pk, uploads=[upload(picture())])
        image_with_file(picture("PNG", (20, 20)))

        assert tasks.make_missing_sizes() == 2
        assert not ProductImage.objects.filter(sizes_key="").exists()
        assert make_missing_sizes() == SizesMade()

    def test_goes_on_after_what_it_cannot_read(self) -> None:
        broken = image_with_file(b"no picture", "products/a.jpg")
        gone = ProductImageFactory(external_url="", file="products/b.jpg", width=1, height=1)
        good = image_with_file(name="products/c.jpg")

        assert make_missing_sizes() == SizesMade(made=1, failed=2)
        assert set(ProductImage.objects.filter(sizes_key="")) == {broken, gone}
        good.refresh_from_db()
        assert good.sizes_key

    def test_gives_up_a_file_that_it_cannot_read_until_asked_again(
        self, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
    ) -> None:
        image = image_with_file(b"no picture")
        assert [make_missing_sizes().failed for _again in range(MOST_FAILURES + 2)] == [1] * MOST_FAILURES + [0, 0]
        assert make_sizes(image_id=image.pk) is False

        with django_capture_on_commit_callbacks() as callbacks:
            assert retry_sizes(product_ids=[image.product_id]) == 1

        assert sent_tasks(callbacks) == [("catalog.tasks.make_sizes", {"image_id": str(image.pk)})]
        assert make_missing_sizes().failed == 1

    def test_does_not_count_a_full_disk_against_a_picture(self, settings: Settings) -> None:
        image = image_with_file()
        (Path(settings.MEDIA_ROOT) / "products/sizes").write_bytes(b"a file where the folder has to be")

        assert make_missing_sizes() == SizesMade(failed=1)

        image.refresh_from_db()
        assert image.sizes_failures == 0

    def test_ends_at_its_limit(self) -> None:
        for number in range(3):
            image_with_file(name=f"products/{number}.jpg")

        assert [make_missing_sizes(limit=2).made for _again in range(3)] == [2, 1, 0]

    def test_asks_an_index(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            query = ProductImage.objects.filter(sizes_key="").exclude(file="").values_list("file").distinct()
            assert "catalog_productimage_no_sizes" in query.order_by("file").explain()

    def test_is_a_command_that_fails_when_a_picture_does(self) -> None:
        image_with_file()
        out = StringIO()
        call_command("make_picture_sizes", stdout=out)
        assert out.getvalue() == "Pictures cut to sizes: 1.\n"

        image_with_file(b"no picture", "products/a.jpg")
        with pytest.raises(CommandError, match="could not be read: 1"):
            call_command("make_picture_sizes", stdout=out)


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_one_task_many_times_makes_each_file_once(self, settings: Settings) -> None:
        image = image_with_file()

        assert set(at_once(*[lambda: make_sizes(image_id=image.pk)] * 4)) <= {True, False}

        image.refresh_from_db()
        names = [sized_name(image.sizes_key, size) for size in Size]
        assert stored_files(settings) == sorted([*names, "products/tea.jpg"])

    def test_one_name_is_kept_once(self, settings: Settings) -> None:
        content = b"x" * 5_000_000

        assert at_once(*[lambda: keep("products/large.bin", content)] * 4) == [None] * 4

        assert stored_files(settings) == ["products/large.bin"]
        assert default_storage.size("products/large.bin") == len(content)

    def test_two_sweeps_do_not_share_the_work(self) -> None:
        image_with_file()
        with advisory_lock(AdvisoryLock.PICTURE_SIZES, ""):
            assert at_once(make_missing_sizes, make_missing_sizes) == [SizesMade()] * 2

    def test_two_first_pictures_leave_one_primary(self) -> None:
        product = ProductFactory()

        at_once(*[lambda: add_images(product_id=product.pk, uploads=[upload(picture(size=(50, 50)))])] * 4)

        assert ProductImage.objects.filter(product=product).count() == 4
        assert ProductImage.objects.filter(product=product, is_primary=True).count() == 1
