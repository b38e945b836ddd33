-- Whether a person set their quiet hours and time zone themselves: no import of contacts changes them any more.
set local search_path = notifications;

alter table contact add column quiet_own boolean not null default false;
