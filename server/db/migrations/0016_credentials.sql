-- Key pairs in place of secrets (server/connections), and how operators get in and are kept out (server/operators).

-- The public half of a private key, PEM (SPKI), beside its sealed other half; null for any other secret.
alter table connection_secret add column public_key text;

-- Key pairs that were made and wait: for a connection that is not saved yet, or to replace what one uses now. When it
-- is taken into use its private half moves to connection_secret, sealed for that place, and this row goes.
create table connection_key (
  id uuid primary key default gen_random_uuid(),
  tenant_id text not null,
  connector text not null,
  connection_id uuid,
  -- JWE; its header binds it to tenant and this row.
  sealed text not null,
  public_key text not null,
  made_by text not null,
  made_at timestamptz(3) not null default now(),
  foreign key (tenant_id, connection_id) references connection (tenant_id, id) on delete cascade
);
create index connection_key_waiting on connection_key (tenant_id, connection_id, made_at);
call owlie_tenant_table('connection_key');

alter table operator
  -- Set: may not sign in; sessions ended.
  add column disabled_at timestamptz,
  -- Set: the password was made up here and must be changed at the first sign-in, before this time.
  add column one_time_until timestamptz,
  -- Null for those made before this was kept.
  add column created_by text,
  add column signed_in_at timestamptz;
