"""Settings of the shop that staff edits: declared by the apps, one row for each that staff has set, else the default.

`kinds` says what a setting is, `registry` collects those that the apps declare, `values` reads them by way of a cache
in each process, `services` writes them. The defaults come from the environment (config/settings.py).
"""
