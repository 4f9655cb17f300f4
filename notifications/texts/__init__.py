"""The words of mails: what apps declare, what staff writes instead, and both put together."""
