"""Detectors and normalisers of rows behind the interface of scikit-learn, and models taken over from other libraries."""
