"""The transactional outbox: what happened, written with the change itself and told afterwards, in order.

`services.emit` writes an event in the transaction of its change. One relay gives committed events a gapless position
and hands them to the consumers that the apps declare, at least once and in order for each aggregate.
"""
