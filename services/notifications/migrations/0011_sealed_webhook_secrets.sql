-- Secrets of webhooks sealed with a key that is not in the database: a copy of it signs no message in our name.
-- What is stored in clear is sealed by the service at its next start.
set local search_path = notifications;

alter table webhook add column sealed_secret bytea;
alter table webhook alter column secret drop not null;
alter table webhook add constraint webhook_has_a_secret check (num_nonnulls(secret, sealed_secret) = 1);
