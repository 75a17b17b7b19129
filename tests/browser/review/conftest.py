"""The same Chromium and the same ground as the tests of the pages."""

from tests.browser.pages.conftest import (  # noqa: F401
    _own_ground,
    chromium,
    open_page,
    pytest_collection_modifyitems,
    rung,
)
from tests.review.conftest import _rules  # noqa: F401
