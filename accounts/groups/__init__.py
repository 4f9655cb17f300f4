"""Groups of customers: who is in which, since when, and put there by whom."""
