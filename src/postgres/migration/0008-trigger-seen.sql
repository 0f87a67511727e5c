-- What a repository's policy started on when it was last read, so that other labels cost no request.
-- `generation` grows with every push to the default branch: what was read before one is not kept after.
create table trigger_seen (
  repository_id bigint primary key,
  generation    bigint not null,
  triggers      jsonb,
  seen_at       timestamptz not null
);
