-- Installation tokens that the App holds now: sealed with its key, bound to their digest, kept before
-- they are used and gone when GitHub has confirmed their end. What a crash leaves behind is revoked.
create table live_token (
  sha256 text primary key,
  sealed text not null,
  installation_id bigint not null,
  repository text,
  permissions jsonb not null,
  minted_at timestamptz not null,
  drop_at timestamptz not null,
  expires_at timestamptz not null,
  attempts integer not null default 0,
  tried_at timestamptz
);
create index live_token_drop_at on live_token (drop_at);
