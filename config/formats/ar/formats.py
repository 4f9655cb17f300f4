"""Arabic has neither a form for a moment nor one to type a day in Django, which falls back to the American order."""

DATETIME_FORMAT = "j F، Y، g:i A"
DATE_INPUT_FORMATS = ["%d/%m/%Y", "%d-%m-%Y", "%d/%m/%y"]
