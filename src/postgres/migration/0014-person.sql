-- People who let the App act for them: their tokens sealed with the App's key, bound to the person
-- and the kind of token. What ended keeps its reason, and of its secrets nothing.
create table person (
  user_id bigint primary key,
  login text not null,
  token_sealed text,
  refresh_sealed text,
  token_sha256 text not null,
  token_expires_at timestamptz not null,
  refresh_expires_at timestamptz not null,
  -- Ids of the installations that the person could reach at the sign-in.
  installations jsonb not null,
  signed_in_at timestamptz not null,
  last_used_at timestamptz,
  -- When GitHub was asked last whether the leave still stands.
  checked_at timestamptz not null,
  -- A refresh token works once: whoever renews holds the row until then.
  renewing_until timestamptz,
  ended_at timestamptz,
  because text
);
