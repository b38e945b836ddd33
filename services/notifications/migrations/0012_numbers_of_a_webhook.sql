-- What each subscription was sent, numbered by itself: the referral log's own positions count everybody's work, and
-- what a subscriber may not know of.
set local search_path = notifications;

create table webhook_message (
  webhook_id uuid not null references webhook on delete cascade,
  sequence   bigint not null,
  position   bigint not null,  -- of the referral log; never told
  primary key (webhook_id, sequence),
  unique (webhook_id, position)
);

grant select, insert on webhook_message to canaliza_notifications;
