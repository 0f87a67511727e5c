-- Signals from outside GitHub. A signal is its body: what is kept is what it means, not its bytes.
create table outside_signal (
  source        text not null,
  body_sha256   text not null,
  delivery_id   text not null,
  state         text not null check (state in ('received', 'ignored', 'written', 'held_back', 'failed')),
  signal        jsonb not null,
  because       text,
  received_at   timestamptz not null,
  -- When its job was sent last: one that was lost is sent again.
  queued_at     timestamptz not null,
  settled_at    timestamptz,
  primary key (source, body_sha256),
  unique (source, delivery_id)
);
create index outside_signal_open on outside_signal (queued_at) where state = 'received';
create index outside_signal_written on outside_signal (source, settled_at) where state = 'written';

-- One issue for one outside thread: a constraint, not luck.
create table outside_thread (
  source        text not null,
  thread        text not null,
  repository_id bigint,
  -- Null until GitHub has answered; asked_at says that it was asked, so that it is looked for first.
  issue         integer,
  asked_at      timestamptz,
  -- Digests of title and body: what was asked for last, and what GitHub took last.
  wanted        jsonb,
  written       jsonb,
  -- Who writes now, and until when nobody else may.
  held_by       text,
  held_until    timestamptz,
  primary key (source, thread),
  unique (repository_id, issue)
);
create index outside_thread_asked on outside_thread (source, asked_at);

-- The pieces of a thread, each in its newest version.
create table outside_part (
  source        text not null,
  thread        text not null,
  part          text not null,
  at            timestamptz not null,
  report        jsonb not null,
  primary key (source, thread, part),
  foreign key (source, thread) references outside_thread (source, thread)
);
