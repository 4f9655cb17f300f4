"""What the API refuses of staff tasks."""

from core.error_codes import ErrorCode

ERROR_CODES = (
    ErrorCode(
        "assignee_cannot_see",
        (422,),
        "The assignee is no staff, or lacks the permission that the task's kind needs.",
        "Name somebody who has it.",
    ),
    ErrorCode("cause_is_gone", (409,), "What the staff task was about is settled.", "Nothing; it stays closed."),
)
