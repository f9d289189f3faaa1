-- What an operation did and read back is in the inventory at once, under the operation's id where a run's would be. The
-- mass-change guard does not count it, and a list that lags does not take it back.
create table inventory_proof (
  tenant_id text not null,
  connection_id uuid not null,
  -- The operation.
  source uuid not null,
  -- When something of it was read back last.
  at timestamptz(3) not null,
  primary key (connection_id, source),
  foreign key (tenant_id, connection_id) references connection (tenant_id, id) on delete cascade
);
create index inventory_proof_recent on inventory_proof (tenant_id, connection_id, at);
call owlie_tenant_table('inventory_proof');
