"""What tests of progress reports begin with."""

import pytest

from tests.factories import make_report


@pytest.fixture
def report(in_agreement):
    return make_report(in_agreement)
