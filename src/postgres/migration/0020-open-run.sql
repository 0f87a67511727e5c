-- What is under way, found without looking at what is over; and who still holds something of a run.
create index run_unsettled on run (id)
  where state not in ('settled', 'failed', 'cancelled', 'expired');
create index session_run on session (run_id) where revoked_at is null;
