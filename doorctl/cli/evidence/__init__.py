"""Commands about records: the log, exports, reports, alerts, reviews, retention."""
