"""Files of products that are too long for a request: imported in the background, batch by batch."""
