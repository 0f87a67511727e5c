-- The record of one issue's journey. One dialect: PostgreSQL 15 and later, PGlite included.

create table delivery (
  body_sha256   text primary key,
  guid          text not null unique,
  event         text not null,
  action        text,
  state         text not null check (state in ('received', 'done', 'failed')),
  payload       jsonb not null,
  error         text,
  received_at   timestamptz not null,
  settled_at    timestamptz
);

create table snapshot (
  sha256        text primary key,
  document      jsonb not null
);

create table chain (
  id            uuid primary key,
  repository_id bigint not null,
  root_issue    integer not null,
  requester_id  bigint not null,
  opened_at     timestamptz not null
);

create table run (
  id              uuid primary key,
  repository_id   bigint not null,
  owner_id        bigint not null,
  owner           text not null,
  name            text not null,
  installation_id bigint not null,
  issue_id        bigint not null,
  issue_number    integer not null,
  issue_title     text not null,
  state           text not null,
  because         text,
  requester_id    bigint not null,
  requester_login text not null,
  chain_id        uuid not null references chain (id),
  depth           integer not null check (depth >= 1),
  policy_sha256   text not null,
  policy          jsonb not null,
  snapshot_sha256 text not null references snapshot (sha256),
  decision        jsonb not null,
  base_ref        text not null,
  base_sha        text not null,
  workflow_run_id bigint unique,
  branch          text,
  head_sha        text,
  pull            integer,
  created_at      timestamptz not null,
  updated_at      timestamptz not null
);

-- One run per issue at a time: a constraint, not luck.
create unique index run_open on run (repository_id, issue_number)
  where state not in ('merged', 'settled', 'failed', 'cancelled', 'expired');
create index run_pull on run (repository_id, pull);
create index run_chain on run (chain_id);

create table run_grant (
  id              uuid primary key,
  run_id          uuid not null unique references run (id),
  installation_id bigint not null,
  repository_id   bigint not null,
  owner_id        bigint not null,
  repository      text not null,
  issue           integer not null,
  snapshot_sha256 text not null,
  policy_sha256   text not null,
  requester_id    bigint not null,
  requester_login text not null,
  ref             text not null,
  sha             text not null,
  attempt         integer not null,
  workflow_run_id bigint unique,
  tools           jsonb not null,
  state           text not null check (state in ('pending', 'open', 'closed')),
  expires_at      timestamptz not null
);

-- Single use: of an ID token, and of each phase of a grant.
create table used_token (
  iss           text not null,
  jti           text not null,
  keep_until    timestamptz not null,
  primary key (iss, jti)
);

create table issued (
  grant_id      uuid not null references run_grant (id),
  phase         text not null check (phase in ('agent', 'report')),
  check_run_id  bigint not null,
  issued_at     timestamptz not null,
  primary key (grant_id, phase)
);

-- Session tokens are kept as their SHA-256 only.
create table session (
  sha256        text primary key,
  grant_id      uuid not null references run_grant (id),
  run_id        uuid not null references run (id),
  repository_id bigint not null,
  phase         text not null check (phase in ('agent', 'report')),
  check_run_id  bigint not null,
  calls         jsonb not null default '{}',
  expires_at    timestamptz not null,
  revoked_at    timestamptz
);

-- What the report job named: artifact ids and digests, nothing else.
create table report (
  run_id        uuid primary key references run (id),
  document      jsonb not null,
  received_at   timestamptz not null
);

create table evidence (
  id              text primary key,
  run_id          uuid not null references run (id),
  repository_id   bigint not null,
  head_sha        text not null,
  base_sha        text not null,
  policy_sha256   text not null,
  manifest_sha256 text not null,
  manifest        jsonb not null,
  envelope        jsonb not null,
  created_at      timestamptz not null
);
create index evidence_subject on evidence (repository_id, head_sha);

create table evidence_file (
  sha256        text primary key,
  bytes         bytea not null
);

create table check_run (
  repository_id bigint not null,
  head_sha      text not null,
  name          text not null,
  check_run_id  bigint not null,
  -- What it said last, so that the same is not written twice.
  said          text not null default '',
  primary key (repository_id, head_sha, name)
);

create table tool_call (
  id            bigint generated always as identity primary key,
  run_id        uuid not null references run (id),
  tool          text not null,
  decision      text not null check (decision in ('allowed', 'refused')),
  reason        text,
  args_sha256   text not null,
  result_bytes  integer not null,
  at            timestamptz not null
);
create index tool_call_run on tool_call (run_id);

-- The ledger: append-only, one head row that every append locks.
create table entry (
  seq           bigint primary key,
  at            text not null,
  kind          text not null,
  run_id        uuid,
  repository_id bigint,
  actor         text not null,
  facts         jsonb not null,
  previous      text not null,
  hash          text not null unique
);
create index entry_run on entry (run_id, seq);

create table ledger_head (
  single        boolean primary key default true check (single),
  seq           bigint not null,
  hash          text not null
);
insert into ledger_head (seq, hash) values (0, repeat('0', 64));

create function entry_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'the ledger is append-only';
end $$;
create trigger entry_append_only before update or delete or truncate on entry
  for each statement execute function entry_is_append_only();

create table signing_key (
  keyid         text primary key,
  public_pem    text not null,
  created_at    timestamptz not null
);
