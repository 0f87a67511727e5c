-- A delivery's body is kept compressed (Zstandard, RFC 8878) as the App sends it: an eighth of what
-- goes to the server, into its log and onto its disk. `payload` keeps the bodies of before.
alter table delivery add column body bytea;
alter table delivery alter column body set storage external;
alter table delivery alter column payload drop not null;
alter table delivery add constraint delivery_has_body check (body is not null or payload is not null);
