-- What is paused: the App, an installation, a repository or a run, by its key.
create table pause (
  scope         text primary key,
  because       text not null,
  paused_by     text not null,
  paused_at     timestamptz not null
);
