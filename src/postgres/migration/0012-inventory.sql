-- The inventory asks which sessions live, what a grant's sessions are, and when a tool was called last.
create index session_grant on session (grant_id);
create index session_live on session (expires_at) where revoked_at is null;
create index run_grant_closed on run_grant (id desc) where state = 'closed';
create index run_grant_going on run_grant (id desc) where state <> 'closed';
create index tool_call_last on tool_call (tool, at desc);
