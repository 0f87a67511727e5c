-- What people said in comments, each once, however often it is delivered.
create table command (
  repository_id bigint not null,
  comment_id    bigint not null,
  node_id       text not null,
  issue         integer not null,
  -- Null for what was not understood.
  name          text,
  sender_id     bigint not null,
  sender_login  text not null,
  said_at       timestamptz not null,
  -- Set once the sender's role was enough: only then does it count for what came before it.
  role          text,
  answered_at   timestamptz,
  primary key (repository_id, comment_id)
);
create index command_issue on command (repository_id, issue, comment_id);
create index command_node on command (node_id);

-- "Why" asks for the last decision about an issue, also when it opened no run.
create index entry_decided on entry (repository_id, (facts ->> 'issue'), seq)
  where kind = 'policy.decided';
