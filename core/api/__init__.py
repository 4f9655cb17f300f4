"""The API's manners, shared by every app: envelope, errors, pages, money, schema."""
