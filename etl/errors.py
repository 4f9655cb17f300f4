"""What an operator can put right: a wrong mapping, a source that cannot be read, a run that is in the way."""


class EtlError(Exception):
    """Nothing was loaded; the message says what to change. Commands end with exit code 2."""


class MappingError(EtlError):
    """The mapping file cannot be used as it stands."""


class SourceError(EtlError):
    """The source cannot be reached, or does not have what the mapping reads."""


class RunInProgress(EtlError):
    """Another run of the same source is going on."""
