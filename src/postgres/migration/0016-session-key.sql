-- The key (RFC 7638, SHA-256) whose holder a session was given to; null where the operator allows the
-- bearer form and the job used it.
alter table session add column key_thumbprint text;
