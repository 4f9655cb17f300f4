"""What the API refuses of tax zones."""

from core.error_codes import ErrorCode

ERROR_CODES = (
    ErrorCode("area_taken", (422,), "Another tax zone has the area.", "Take it from `details.zone` first."),
    ErrorCode("code_taken", (422,), "Another tax zone has this code.", "Choose another."),
    ErrorCode("given_twice", (422,), "An area or tax class is given twice.", "Give each once."),
    ErrorCode("no_areas", (422,), "The tax zone would have no area.", "Give at least one."),
    ErrorCode("fraction", (), "The rate is no fraction from 0 to below 1.", "Send 0.2 for 20 %."),
    ErrorCode("region_and_prefix", (), "An area has a region and a postal prefix.", "Give one of the two."),
    ErrorCode("no_postal_codes", (), "The country has no postal codes.", "Give a region, or the country alone."),
    ErrorCode("invalid_postal_prefix", (), "The prefix is no letters and digits.", "Give those that codes begin with."),
)
