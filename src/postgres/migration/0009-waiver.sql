-- A finding of one piece of evidence that a person put aside, and why.
create table waiver (
  evidence_id   text not null references evidence (id),
  finding       text not null,
  reason        text not null,
  by_id         bigint not null,
  by_login      text not null,
  comment_id    bigint not null,
  at            timestamptz not null,
  primary key (evidence_id, finding)
);

-- The evidence comment as it was first rendered: what is waived later is added below it.
create table evidence_comment (
  evidence_id   text primary key references evidence (id),
  body          text not null
);
