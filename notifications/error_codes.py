"""What the API refuses of notices."""

from core.error_codes import ErrorCode

ERROR_CODES = (ErrorCode("in_stock", (409,), "The item can be bought now.", "Put it into the cart."),)
