-- What a run's agent has used of its model, as the gate last said it: for people who look on.
create table model_usage (
  run_id   uuid primary key references run (id),
  document jsonb not null,
  told_at  timestamptz not null
);
