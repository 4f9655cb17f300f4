"""Arabic has no form for a moment in Django, which falls back to the English order of month and day."""

DATETIME_FORMAT = "j F، Y، g:i A"
