-- What a session was issued for stays with it: the tools and their budgets are its own, read from
-- nowhere else when it is used. Refused calls are counted: a session that only probes is ended.
alter table session add column tools jsonb not null default '[]';
alter table session add column refused_calls integer not null default 0;
update session set tools = run_grant.tools from run_grant
  where run_grant.id = session.grant_id and session.phase = 'agent';
