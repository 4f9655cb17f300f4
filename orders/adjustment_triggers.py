"""The deferred triggers that hold the adjustments of an order's line against its discount.

Both read what is there at the end of the transaction, so that line and rows may be written in any order.
"""

_COMPARE = """
    IF EXISTS (
        SELECT FROM orders_orderline AS line
         WHERE line.id = {line}
           AND line.discount_minor <> (SELECT coalesce(sum(amount_minor), 0) FROM orders_orderadjustment
                                        WHERE line_id = line.id AND order_id = line.order_id)
    ) THEN
        RAISE EXCEPTION 'the adjustments of order line % do not add up to its discount', {line}
            USING ERRCODE = 'check_violation', CONSTRAINT = 'orders_orderadjustment_adds_up';
    END IF;
"""
DISCOUNT_OF_LINE = f"""
    {_COMPARE.format(line="NEW.id")}
    RETURN NULL;
"""
DISCOUNT_OF_ROWS = f"""
    FOREACH touched IN ARRAY CASE TG_OP WHEN 'INSERT' THEN ARRAY[NEW.line_id] WHEN 'DELETE' THEN ARRAY[OLD.line_id]
                                     ELSE ARRAY[OLD.line_id, NEW.line_id] END LOOP
        {_COMPARE.format(line="touched")}
    END LOOP;
    RETURN NULL;
"""
