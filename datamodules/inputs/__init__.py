"""Input preprocessing of each member: imputation, scaling and feature selection, fitted on its training rows."""
