-- Once, as the server's own administrator: the database, and the role that migrates it. It makes the four services' roles,
-- which may do nothing else, so it needs CREATEROLE; it makes backups of the server's files, so REPLICATION. It is no
-- superuser. \password canaliza_migrator gives it a password.
create role canaliza_migrator login createrole replication;
create database canaliza owner canaliza_migrator template template0 encoding 'UTF8' locale 'C';
revoke all on database canaliza from public;
