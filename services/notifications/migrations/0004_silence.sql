-- What an alert is about: a referral, or a silence that somebody should look into.
set local search_path = notifications;

alter table alert add column about text not null default 'referral';
alter table delivery add column about text not null default 'referral';
