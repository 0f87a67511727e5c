-- What somebody said they have taken back, by pull request (`pull:12`) or commit (`commit:<sha>`): the
-- word of it can come before the merge that it is about is settled.
create table told_revert (
  repository_id bigint not null,
  what text not null,
  because text not null,
  actor text not null,
  told_at timestamptz not null,
  primary key (repository_id, what)
);
create index told_revert_told_at on told_revert (told_at);
