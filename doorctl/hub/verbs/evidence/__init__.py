"""Verbs about records: exports, reports, alerts, reviews, retention."""
