-- The owner's policy that a run was decided under: of the file's bytes; null when there was none.
alter table run add column organization_policy_sha256 text;
alter table run_grant add column organization_policy_sha256 text;

-- Owners whose policy the App has read: from then on it must be readable before anything starts.
create table organization_policy (
  owner_id  bigint primary key,
  sha256    text not null,
  seen_at   timestamptz not null
);
