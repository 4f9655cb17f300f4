"""Commands that measure Souk: each prints its figures in one run, so that a claim can be repeated."""
