-- When a run was last admitted: what limits within a day are counted by.
alter table run add column admitted_at timestamptz;
create index run_admitted on run (installation_id, admitted_at);
create index run_at_work on run (installation_id)
  where state in ('admitted', 'dispatched', 'working', 'changed', 'verifying', 'proven', 'unproven');
create index run_waiting on run (installation_id) where state = 'held';
-- The newest run of an issue, without looking at all of them.
create index run_issue on run (repository_id, issue_number, id desc);
