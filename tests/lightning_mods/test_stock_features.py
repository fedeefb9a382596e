"""Features of Lightning that a user may reach for work as documented or are refused; each is a row of a document."""

import pytest
from frameworks_table import Feature, assert_documented

FEATURES: list[Feature] = []


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_a_stock_feature_does_what_the_document_says(feature, tmp_path):
    feature.try_it(tmp_path)


def test_the_document_holds_the_features_that_are_tried_here():
    assert_documented(FEATURES, "lightning")
