"""Staff looks at runs, their reports and what they rejected; nobody changes them there."""

import pytest
from django.urls import reverse

from etl.models import Rejection, RunEntity
from tests.etl.corner_shop import CornerShop
from tests.factories.staff import staff_client

pytestmark = pytest.mark.django_db


def test_a_run_is_shown_with_its_account_its_report_and_a_way_to_its_rejections(shop: CornerShop) -> None:
    shop.add_product(7, UnitPrice=-5)
    run = shop.move_in()
    client = staff_client()

    page = client.get(reverse("admin:etl_run_change", args=[run.pk])).content.decode()
    rejections = reverse("admin:etl_rejection_changelist", query={"run__id__exact": run.pk})

    assert "order            total USD" in page
    assert rejections in page
    assert "UnitPrice is -5; the least allowed is 0." in client.get(rejections).content.decode()


def test_the_list_of_runs_sums_up_their_entities(shop: CornerShop) -> None:
    shop.add_product(7, UnitPrice=-5)
    shop.move_in()
    listed = staff_client().get(reverse("admin:etl_run_changelist"))

    [run] = listed.context["cl"].result_list
    assert (run.rows, run.rows_rejected) == (22, 1)


def test_rejections_are_narrowed_to_their_run(shop: CornerShop) -> None:
    shop.add_product(7, UnitPrice=-5)
    shop.move_in()
    second = shop.move_in()
    query = {"run__id__exact": second.pk}
    listed = staff_client().get(reverse("admin:etl_rejection_changelist", query=query))

    assert [rejection.run for rejection in listed.context["cl"].result_list] == [second]


@pytest.mark.parametrize("do", ["add", "change", "delete"])
def test_nothing_of_a_run_can_be_changed(shop: CornerShop, do: str) -> None:
    shop.add_product(7, UnitPrice=-5)
    run = shop.move_in()
    client = staff_client()
    for name, row in (("run", run), ("rejection", run.rejections.get())):
        arguments = [] if do == "add" else [row.pk]
        answer = client.post(reverse(f"admin:etl_{name}_{do}", args=arguments), {"post": "yes"})
        assert answer.status_code == 403

    assert (Rejection.objects.count(), RunEntity.objects.count()) == (1, 7)
