-- What was accepted and is not in the ledger yet: accepting is one statement that waits for nobody, and
-- entries and jobs follow, many at a time (ADR 0017). Short-lived rows, taken in their order.
create table arrival (
  seq           bigint generated always as identity primary key,
  body_sha256   text not null,
  -- The ledger entry to be, without its place in the ledger.
  entry         json not null,
  -- False when nothing here listens to it: it is recorded, and no work follows.
  asks_work     boolean not null
);

-- The same rows as delivery_unsettled has: one of them is enough.
drop index delivery_waiting;

-- The bodies of deliveries that came together are compressed together, because they are much alike:
-- a quarter of the time and a sixth of the bytes. A row of `delivery` says which of them is its own;
-- its bundle is written by the same statement. No foreign key: it would read the bundle for each row.
create table delivery_bundle (
  id            uuid primary key,
  bodies        bytea not null
);
alter table delivery_bundle alter column bodies set storage external;

alter table delivery add column bundle_id uuid;
-- Bytes before it, and its own; null when it is the bundle's only one.
alter table delivery add column body_at integer;
alter table delivery add column body_bytes integer;
update delivery set bundle_id = gen_random_uuid() where body is not null;
insert into delivery_bundle (id, bodies) select bundle_id, body from delivery where body is not null;
alter table delivery drop column body;
alter table delivery add constraint delivery_has_body
  check (bundle_id is not null or payload is not null);
