-- The change set that the agent's job said, by its own session, that it left: once a run. What the
-- report job names later must be this one.
create table handed_over (
  run_id      uuid primary key references run (id),
  artifact_id bigint not null,
  digest      text not null,
  handed_at   timestamptz not null
);
