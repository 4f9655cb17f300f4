"""What providers are asked to do: written with its effect, carried out after the commit, recorded under lock.

`request_operation` writes an operation in the transaction of what it follows from. `execute` asks the provider, outside
of any transaction and with the operation's key, and records the answer. `ask` looks up what the provider has, and
`reconcile` does both for all that is undecided. Any of them can be killed anywhere and run again.
"""

from payments.operations.asking import Findings, ask
from payments.operations.executing import continue_asking, continue_operation, execute, execute_due, execute_if_due
from payments.operations.reconciling import Reconciliation, reconcile
from payments.operations.requesting import in_flight_operations, request_operation, withdraw

__all__ = [
    "Findings",
    "Reconciliation",
    "ask",
    "continue_asking",
    "continue_operation",
    "execute",
    "execute_due",
    "execute_if_due",
    "in_flight_operations",
    "reconcile",
    "request_operation",
    "withdraw",
]
