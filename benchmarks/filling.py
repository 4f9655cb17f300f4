"""The shop that is measured: sample data in bulk, pictures in all sizes, statistics as after a night of rest."""

from django.core.management import call_command
from django.db import connection

from catalog.models import Product
from inventory.models import StockItem


def fill(*, products: int) -> None:
    """Migrate and fill up to so many products, each with stock for a whole run. Running it again is quick."""
    call_command("migrate", verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False)
    if Product.objects.count() < products:
        call_command("sampledata", products=products)
        call_command("make_picture_sizes", verbosity=0)
    StockItem.objects.update(on_hand=1_000_000)  # no measure may run into a shelf that is empty
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
