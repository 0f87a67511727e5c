-- The sweep forgets used tokens by their time, without reading all of them.
create index used_token_over on used_token (keep_until);
