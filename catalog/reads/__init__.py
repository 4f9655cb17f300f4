"""Read models of the catalogue: what pages and the API show of it, as typed values, each made by one selector."""
