"""What the API refuses of people."""

from core.error_codes import ErrorCode

ERROR_CODES = (
    ErrorCode(
        "invalid_credentials", (401,), "Unknown account, wrong password or a closed account.", "Ask the person again."
    ),
    ErrorCode(
        "currency_not_sold", (422,), "Nothing is sold in the preferred currency.", "Send one that `details.sold` names."
    ),
    ErrorCode("mfa_required", (401,), "The account asks for a code besides.", "Send it as `otp`."),
    ErrorCode("mfa_invalid", (401,), "The code is wrong, too old or used.", "Wait for the next one."),
    ErrorCode("group_code_taken", (422,), "Another customer group has this code.", "Choose another."),
    ErrorCode(
        "unknown_members",
        (422,),
        "Some of the customers are not there, or were erased.",
        "Leave out those that `details.customers` names.",
    ),
    ErrorCode("token_not_valid", (401,), "The token is wrong, ended or expired.", "Refresh it, or log in again."),
    ErrorCode(
        "bad_authorization_header",
        (401,),
        "The header Authorization is malformed.",
        "Send `Bearer`, a blank and the token.",
    ),
    ErrorCode("user_not_found", (401,), "The token's account is not there.", "Log in again."),
    ErrorCode("user_inactive", (401,), "The token's account is closed.", "Nothing; the shop can open it again."),
    ErrorCode("password_changed", (401,), "The password was changed after the token was given.", "Log in again."),
    ErrorCode(
        "unknown_identity",
        (401,),
        "The other issuer's subject has no account here.",
        "A superuser links the two in the admin.",
    ),
    ErrorCode(
        "no_address_for_link",
        (409,),
        "The account is closed or has no e-mail address, so no link can be sent.",
        "Add the address first.",
    ),
    ErrorCode(
        "proof_required",
        (403,),
        "A token alone does not open this.",
        "Send `password`, or `code` from `users/me/proof`.",
    ),
    ErrorCode("password_required", (409,), "The account has a password; codes are for others.", "Send `password`."),
    ErrorCode(
        "no_confirmed_address",
        (409,),
        "The account has no confirmed e-mail address.",
        "Log in again, and repeat this right away.",
    ),
    ErrorCode(
        "staff_account", (409,), "Staff cannot erase their account.", "A superuser takes the staff status first."
    ),
    ErrorCode("email_taken", (422,), "Another account has this e-mail address.", "Choose another."),
    ErrorCode("username_taken", (422,), "Another account has this username.", "Choose another."),
    ErrorCode(
        "username_is_address", (422,), "The username has an @ and is not the account's own address.", "Choose another."
    ),
    ErrorCode("invisible_characters", (422,), "The username has characters that nobody sees.", "Take them out."),
    ErrorCode("confusable_username", (422,), "The username could be mistaken for another one.", "Choose another."),
    ErrorCode("password_guessable", (), "Others would guess the password.", "Choose one that fulfils the `reasons`."),
    ErrorCode("wrong_password", (422,), "Not the account's password.", "Ask the person again."),
    ErrorCode("weak_password", (422,), "Others would guess the password.", "Choose one that fulfils the `reasons`."),
    ErrorCode("invalid_proof", (422,), "The code is wrong, too old or used.", "Ask for a new one at `users/me/proof`."),
    ErrorCode("invalid_signup_link", (422,), "The link was used, is too old, or was never sent.", "Register again."),
    ErrorCode("invalid_reset_link", (422,), "The link was used, is too old, or was never sent.", "Ask for a new one."),
    ErrorCode("impossible_date_of_birth", (422,), "The date of birth is not in the past.", "Send the right one."),
    ErrorCode("too_many_attempts", (429,), "Too many failed attempts.", "Wait `details.retry_after` seconds."),
    ErrorCode(
        "issuer_unreachable",
        (503,),
        "The other issuer cannot be reached.",
        "Try again after `details.retry_after` seconds.",
    ),
    ErrorCode(
        "second_factor_unreadable",
        (503,),
        "The account's second factor cannot be read.",
        "The shop's operator sets its key right.",
    ),
    ErrorCode(
        "one_login_name", (), "Several names to log in with, or none.", "Send one of `login`, `email` and `username`."
    ),
)
