-- What a command said that no event says (addresses): a keyed digest, so that its id cannot be used for something else.
set local search_path = notifications;

create table command_content (
  command uuid primary key,
  digest  bytea not null
);

grant select, insert on command_content to canaliza_notifications;
