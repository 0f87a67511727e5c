-- Where the comparison with GitHub stands: one pass at a time, whichever replica makes it.
create table reconcile (
  single        boolean primary key default true check (single),
  claimed_at    timestamptz,
  finished_at   timestamptz,
  delivery_id   bigint not null default 0,
  result        jsonb
);
insert into reconcile default values;
create index delivery_waiting on delivery (received_at) where state in ('received', 'failed');
