"""Sample data at any size: rows drawn from a seed and written by COPY and set-based SQL, batch by batch."""
