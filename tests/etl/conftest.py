from pathlib import Path

import pytest

from tests.etl.corner_shop import CornerShop


@pytest.fixture
def shop(tmp_path: Path) -> CornerShop:
    return CornerShop(tmp_path / "corner.db")
