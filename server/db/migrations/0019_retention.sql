-- How long what vanished is kept (server/retention). No row: the default.

create table retention (
  tenant_id text not null,
  connection_id uuid primary key,
  -- Null: for ever.
  days integer check (days between 1 and 3650),
  set_by text not null,
  set_at timestamptz(3) not null,
  foreign key (tenant_id, connection_id) references connection (tenant_id, id) on delete cascade
);
call owlie_tenant_table('retention');
