-- A tenant's uses of a connector (server/connections), their sealed secrets and their tests.

create table connection (
  id uuid primary key default gen_random_uuid(),
  tenant_id text not null,
  name text not null check (char_length(name) between 1 and 64),
  connector text not null,
  -- Never a secret: only the connector's text and scope fields.
  config jsonb not null check (jsonb_typeof(config) = 'object'),
  state text not null check (state in ('incomplete', 'ready')),
  state_reason text,
  -- Counts edits by people; a test that changes the state does not count.
  version integer not null default 1 check (version > 0),
  created_at timestamptz(3) not null default now(),
  created_by text not null,
  updated_at timestamptz(3) not null default now(),
  updated_by text not null,
  check ((state = 'ready') = (state_reason is null)),
  unique (tenant_id, id)
);
create unique index connection_name on connection (tenant_id, lower(name));
call owlie_tenant_table('connection');

create table connection_secret (
  tenant_id text not null,
  connection_id uuid not null,
  field text not null,
  -- JWE; its header binds it to tenant, connection, field, domain, client id and version.
  sealed text not null,
  -- The connection's version when it was set, so that an older sealed value put back does not open.
  version integer not null check (version > 0),
  -- Null for a secret so short that four characters would say too much.
  last_four text check (char_length(last_four) = 4),
  set_by text not null,
  set_at timestamptz(3) not null default now(),
  primary key (connection_id, field),
  foreign key (tenant_id, connection_id) references connection (tenant_id, id) on delete cascade
);
call owlie_tenant_table('connection_secret');

create table connection_test (
  id uuid primary key default gen_random_uuid(),
  tenant_id text not null,
  -- Null for a draft that was not saved.
  connection_id uuid,
  -- Set when exactly what was saved in this version was tested: only then its end changes the connection's state.
  connection_version integer,
  connector text not null,
  -- A digest of the tested values, secrets included, sealed like a secret: a bare digest of a short secret could be guessed.
  config_digest text not null,
  status text not null check (status in ('running', 'passed', 'warning', 'failed', 'cancelled')),
  summary text not null,
  checks jsonb not null check (jsonb_typeof(checks) = 'array'),
  granted_scopes text[],
  actor_name text not null,
  started_at timestamptz(3) not null default now(),
  finished_at timestamptz(3),
  -- Renewed every second while the process that runs it lives.
  alive_at timestamptz(3) not null default now(),
  cancel_requested_by text,
  check ((status = 'running') = (finished_at is null)),
  foreign key (tenant_id, connection_id) references connection (tenant_id, id) on delete cascade
);
create index connection_test_history on connection_test (tenant_id, connection_id, started_at desc);
create index connection_test_recent on connection_test (tenant_id, started_at);
call owlie_tenant_table('connection_test');
