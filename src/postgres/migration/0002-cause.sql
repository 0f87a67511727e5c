-- What a person did to ask for a run: a label, a comment, a project status, an assignment.
alter table run add column cause jsonb not null default '{"kind": "label", "label": "sallyport"}';
alter table run alter column cause drop default;
