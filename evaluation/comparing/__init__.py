"""Model comparison over the same folds: paired tests, corrected for shared rows and for multiple comparisons."""
