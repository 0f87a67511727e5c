-- The body as it came, byte for byte: `json` keeps the text and spares the server from taking it
-- apart, which nobody asks it to. It is not compressed either: a delivery is written in
-- milliseconds, read once, and compressing it was the dearest part of that.
alter table delivery alter column payload type json using payload::json;
alter table delivery alter column payload set storage external;

-- A redelivery of what failed, and the reconciler, look for these.
create index delivery_unsettled on delivery (received_at) where state <> 'done';
