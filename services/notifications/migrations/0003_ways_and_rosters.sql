-- Whom an alert reaches and how: ways of each contact in order, who is told for each desk and duty, quiet hours, bursts.
set local search_path = notifications;

-- A contact is a mailbox of a desk or a person; how it is reached stands in contact_way.
alter table contact
  alter column channel drop not null,  -- of a version before contact_way, as is target: no longer read
  alter column target drop not null,
  alter column duty drop not null,
  add column desk text,
  add column timezone text not null default 'America/Mexico_City',
  add column quiet_from integer check (quiet_from between 0 and 1439),
  add column quiet_to integer check (quiet_to between 0 and 1439),
  add column language text not null default 'es',
  add column disabled boolean not null default false,
  add column imported boolean not null default false;
comment on column contact.duty is 'null for a person: what they are told of follows from the directory';
comment on column contact.disabled is 'kept when the contact itself is changed';

create table contact_way (
  contact_id text not null references contact on delete cascade,
  place      integer not null,  -- in the contact's own order
  way        integer not null,  -- in the order in which this installation can try them
  channel    text not null,
  target     text not null,
  primary key (contact_id, place)
);
create index on contact_way (contact_id, way);
insert into contact_way select contact_id, 1, 1, channel, target from contact;

-- Follows from the contacts and the directory; written again whenever one of them changes.
create table roster (
  desk       text not null,  -- or the agency, for whom no desk is known
  duty       text not null,
  contact_id text not null,
  place      integer not null,
  stands_in  boolean not null default false,
  primary key (desk, duty, contact_id)
);
-- Until the service has started anew with the directory: as it was, by agency.
insert into roster select agency, duty, contact_id, row_number() over (order by contact_id) from contact;

-- When a contact was last sent something, the newest first.
create table told (
  contact_id text primary key,
  at         timestamptz[] not null
);

alter table delivery
  add column desk text,
  add column duty text not null default 'desk',
  add column stands_in boolean not null default false,
  add column way integer not null default 1,
  add column rounds integer not null default 0,  -- how often every way was tried in vain
  add column raised_at timestamptz,
  add column bundle uuid;
comment on column delivery.bundle is 'those that one message tells of; kept until it was taken';
create index on delivery (contact_id);
create index on delivery (bundle) where bundle is not null;

alter table alert
  add column delivered integer not null default 0,
  add column failed integer not null default 0,
  add column unreached boolean not null default false;
comment on column alert.unreached is 'nobody told so far could be reached by any channel';

grant select, insert, update, delete on contact_way, roster, told to canaliza_notifications;

-- Who took a desk over at the last change of shift: they are called first, in this order.
create table on_duty (
  desk   text primary key,
  people text[] not null
);
grant select, insert, update, delete on on_duty to canaliza_notifications;
