-- Whether anybody is admitted. A restored copy brings back what was revoked after it was made; audit's stream says what
-- that is. So the audit service compares its log with its stream, and says here that people may enter (ADR 0038).
--
-- The row vouches for this database only, as it was when the row was written: it names the server's start, the
-- database, and the transaction that wrote it. No copy fits: whatever comes back from a file or a dump has another
-- server's start, another database, or was written by another transaction.
set local search_path = accounts;

create table admission (
  only_row       boolean primary key default true check (only_row),
  nobody_because text check (nobody_because in ('log_behind', 'opened_again')),  -- null: everybody is admitted
  server_started timestamptz not null,
  database       oid not null,
  written_by     xid8 not null
);

-- Why nobody is admitted (null: everybody who has a credential is), and the name of the database as it is.
create view entrance as
select
  nullif(coalesce((select coalesce(one.nobody_because, '') from admission one
    where one.server_started = pg_postmaster_start_time() and one.database = this.oid
      and one.xmin = one.written_by::xid), 'not_compared'), '') as nobody_because,
  extract(epoch from pg_postmaster_start_time())::text || '/' || this.oid as this_database
from pg_database this where this.datname = current_database();
grant select on entrance to canaliza_intake, canaliza_referral, canaliza_notifications, canaliza_audit;
