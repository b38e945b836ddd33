-- What was sent in caravan mode is told in larger groups.
set local search_path = notifications;

alter table delivery add column caravan boolean not null default false;
