"""What every part of the API refuses."""

from core.error_codes import ErrorCode

ERROR_CODES = (
    ErrorCode(
        "validation_error",
        (400,),
        "Fields, parameters or headers of the request are wrong.",
        "Read `details.fields`, which names each with its own code.",
    ),
    ErrorCode(
        "parse_error",
        (400,),
        "The body is not valid JSON, or the form cannot be read.",
        "Send valid JSON in UTF-8; the message says where it breaks.",
    ),
    ErrorCode("bad_request", (400,), "The request could not be understood.", "Check host, address and headers."),
    ErrorCode(
        "not_authenticated",
        (401,),
        "Nobody is logged in.",
        "Log in, and send the access token in the header Authorization.",
    ),
    ErrorCode("authentication_failed", (401,), "Who is asking could not be established.", "Log in again."),
    ErrorCode("not_allowed", (403,), "The caller may not do this.", "Ask for the permission that `docs/api.md` names."),
    ErrorCode(
        "csrf_failed",
        (403,),
        "A change by a browser's session came without its CSRF token.",
        "Send the token in the header X-CSRFToken.",
    ),
    ErrorCode(
        "not_found",
        (404,),
        "Address or thing is not there, or not the caller's.",
        "Check the address and the ids in it.",
    ),
    ErrorCode("method_not_allowed", (405,), "The address has no such method.", "Use one of those in the header Allow."),
    ErrorCode(
        "not_acceptable",
        (406,),
        "The header Accept asks for something else than JSON.",
        "Send `application/json`, or leave it out.",
    ),
    ErrorCode(
        "invalid_transition",
        (409,),
        "The state of the thing does not lead there.",
        "Read it again, and do what its state allows.",
    ),
    ErrorCode("already_retried", (409,), "The failed task was sent again already.", "Nothing."),
    ErrorCode(
        "idempotency_in_flight",
        (409,),
        "The request with this Idempotency-Key is at work.",
        "Send it again after `details.retry_after` seconds.",
    ),
    ErrorCode("length_required", (411,), "The body has no Content-Length.", "Send one."),
    ErrorCode(
        "precondition_failed",
        (412,),
        "The thing has changed since it was read.",
        "Read it again, and send its new ETag.",
    ),
    ErrorCode("body_too_large", (413,), "The body has more bytes than this address takes.", "Send less at once."),
    ErrorCode(
        "unsupported_media_type",
        (415,),
        "The body is of a kind that this address does not take.",
        "Send the kind that the message names.",
    ),
    ErrorCode("invalid_input", (422,), "A value cannot be used.", "Correct the field that `details.fields` names."),
    ErrorCode(
        "idempotency_key_reused",
        (422,),
        "The Idempotency-Key was used for another request.",
        "Choose a new key for each new request.",
    ),
    ErrorCode(
        "throttled", (429,), "Too many requests.", "Wait `details.retry_after` seconds, as the header Retry-After says."
    ),
    ErrorCode(
        "server_error", (500,), "Something went wrong in the shop.", "Try again later, and tell the shop if it stays."
    ),
    ErrorCode("address_incomplete", (422,), "A part of a postal address is missing.", "Send the part that is named."),
    ErrorCode("unknown_country", (422,), "Not the two-letter code of a country.", "Send an ISO 3166-1 alpha-2 code."),
    ErrorCode(
        "invalid_tax_id",
        (422,),
        "Not a tax number of the invoice address' country.",
        "Check it, or change the invoice address.",
    ),
    ErrorCode("unknown_currency", (422,), "Not a currency that the shop knows.", "Send an ISO 4217 code."),
    ErrorCode(
        "invalid_amount", (422,), "Not an amount of money that can be used here.", "Send an amount such as `12.50`."
    ),
    ErrorCode("too_many_decimals", (422,), "The amount has more decimals than its currency.", "Round it."),
    ErrorCode("amount_too_large", (422,), "The amount is too large.", "Send a smaller one."),
    ErrorCode("invalid", (), "The value has not the form that the field wants.", "The message says which."),
    ErrorCode(
        "wrong_type",
        (),
        "The value is of another JSON type than the field takes.",
        "Send the type that the message names: numbers without quotation marks, texts with them.",
    ),
    ErrorCode(
        "unknown_field",
        (),
        "The body has a field that this address does not know.",
        "Correct or remove it; the message names the nearest.",
    ),
    ErrorCode(
        "unknown_parameter",
        (),
        "The query has a parameter that this address does not know.",
        "Correct or remove it; the message names the nearest.",
    ),
    ErrorCode("repeated_parameter", (), "A parameter or a form's field is given more than once.", "Give it once."),
    ErrorCode("duplicate_field", (), "An object of the body has a name twice.", "Send each name once."),
    ErrorCode(
        "read_only_field",
        (),
        "The field is read only, and differs from what it is now.",
        "Leave it out, or send it as it was read.",
    ),
    ErrorCode("required", (422,), "The field is missing.", "Send it."),
    ErrorCode("null", (), "The field may not be null.", "Send a value, or leave it out."),
    ErrorCode("blank", (), "The text or parameter is empty.", "Send a value, or leave it out."),
    ErrorCode("empty", (), "The list or file is empty.", "Send something."),
    ErrorCode("max_length", (422,), "The text or list is too long.", "Shorten it."),
    ErrorCode("min_length", (), "The text or list is too short.", "Send more."),
    ErrorCode("max_value", (), "The number is too large.", "Send a smaller one."),
    ErrorCode("min_value", (), "The number is too small.", "Send a larger one."),
    ErrorCode("max_string_length", (), "The number has too many digits.", "Send a smaller one."),
    ErrorCode(
        "invalid_choice", (), "Not one of the values that the field takes.", "Send one that the OpenAPI document lists."
    ),
    ErrorCode(
        "settings_changed",
        (409,),
        "A colleague has changed the setting since it was read.",
        "Read the settings again, and send the change with the new ETag.",
    ),
    ErrorCode("unknown_setting", (422,), "The shop has no setting of this name.", "Read the list of settings."),
    ErrorCode("out_of_range", (422,), "The value of the setting is too small or too large.", "Heed the bounds."),
    ErrorCode("wrong_currency", (422,), "The amount is not in the shop's currency.", "Send it in that of `GET shop`."),
    ErrorCode("invalid_iban", (422,), "The IBAN's check digits or form are wrong.", "Check its letters and digits."),
    ErrorCode("invalid_bic", (422,), "The BIC's form or country is wrong.", "Send 8 or 11 letters and digits."),
    ErrorCode("invalid_email", (422,), "The text is no e-mail address.", "Send one such as name@shop.example."),
    ErrorCode("not_a_list", (), "The field takes a list.", "Send one."),
    ErrorCode("no_name", (), "The file has no name.", "Send its name along."),
    ErrorCode("date", (), "The field takes a date with a time.", "Send ISO 8601 with a time."),
    ErrorCode("datetime", (), "The field takes a date without a time.", "Send YYYY-MM-DD."),
    ErrorCode("make_aware", (), "There is no such local time.", "Send a time with its offset."),
    ErrorCode("overflow", (), "The time is out of range.", "Send one between the years 1 and 9999."),
    ErrorCode("does_not_exist", (), "What the field names is not there.", "Send the name of something that is."),
    ErrorCode("null_characters_not_allowed", (), "The text has a NUL character.", "Remove it."),
    ErrorCode(
        "control_characters",
        (422,),
        "The text has a line break where it has one line, or another control character.",
        "Write it in one line, without control characters.",
    ),
    ErrorCode("link_in_name", (422,), "The name of a person has a web address in it.", "Leave the address out."),
    ErrorCode(
        "surrogate_characters_not_allowed", (), "The text has half of a surrogate pair.", "Send whole characters."
    ),
    ErrorCode(
        "not_money", (), "Not a form of an amount.", "Send a number, a text, or an object of amount and currency."
    ),
    ErrorCode(
        "invalid_postal_code", (), "The postal code is not one of its country.", "Write it as in the message's example."
    ),
    ErrorCode("unknown_region", (), "The country has no such region.", "Send the region's code or name."),
    ErrorCode(
        "invalid_cursor", (), "The cursor is not one of this API.", "Start with an empty cursor, and follow `next`."
    ),
    ErrorCode("other_ordering", (), "The cursor is of another list or sorting.", "Start with an empty cursor."),
)
