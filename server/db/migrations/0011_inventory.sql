-- What is: accounts, entitlements and grants as the syncs saw them (server/inventory). Nothing here is ever deleted
-- because a sync missed it: it becomes stale. No row is written when nothing changed.
-- Every index begins with tenant_id, because the row-level policy compares it: before a table has statistics (a first
-- sync) the planner takes the index that matches most conditions, and that must be the one with the id in it.

create table account (
  id uuid primary key default gen_random_uuid(),
  tenant_id text not null,
  connection_id uuid not null,
  -- The manifest's kind that brings it, e.g. users.
  kind text not null,
  -- The target's own id, byte for byte.
  external_id text collate "C" not null check (octet_length(external_id) between 1 and 1000),
  display_name text not null,
  email text,
  status text not null check (status in ('active', 'blocked')),
  attributes jsonb not null check (jsonb_typeof(attributes) = 'object'),
  -- sha256 of what was observed, before anything PostgreSQL cannot hold was replaced.
  content_hash bytea not null check (octet_length(content_hash) = 32),
  -- For order and search: case and accents folded by the writer, so that no database locale matters.
  sort_name text collate "C" not null check (octet_length(sort_name) <= 400),
  search_text text collate "C" not null,
  first_seen_at timestamptz(3) not null,
  first_seen_run uuid,
  changed_at timestamptz(3) not null,
  changed_run uuid,
  -- Null: the last complete run of its kind saw it (inventory_sweep.at). Set when that is not so.
  last_seen_at timestamptz(3),
  missed_first_at timestamptz(3),
  missed_first_run uuid,
  stale_since timestamptz(3),
  check (stale_since is null or missed_first_at is not null),
  check (missed_first_at is null or last_seen_at is not null),
  foreign key (tenant_id, connection_id) references connection (tenant_id, id) on delete cascade
);
create unique index account_external on account (tenant_id, connection_id, external_id);
create index account_by_name on account (tenant_id, sort_name, id);
create index account_by_connection on account (tenant_id, connection_id, sort_name, id);
create index account_stale on account (tenant_id, connection_id, stale_since) where stale_since is not null;
create index account_first_seen on account (tenant_id, first_seen_at);
call owlie_tenant_table('account');

create table entitlement (
  id uuid primary key default gen_random_uuid(),
  tenant_id text not null,
  connection_id uuid not null,
  kind text not null,
  type text not null,
  external_id text collate "C" not null check (octet_length(external_id) between 1 and 1000),
  display_name text not null,
  description text,
  attributes jsonb not null check (jsonb_typeof(attributes) = 'object'),
  content_hash bytea not null check (octet_length(content_hash) = 32),
  sort_name text collate "C" not null check (octet_length(sort_name) <= 400),
  search_text text collate "C" not null,
  first_seen_at timestamptz(3) not null,
  first_seen_run uuid,
  changed_at timestamptz(3) not null,
  changed_run uuid,
  last_seen_at timestamptz(3),
  missed_first_at timestamptz(3),
  missed_first_run uuid,
  stale_since timestamptz(3),
  check (stale_since is null or missed_first_at is not null),
  check (missed_first_at is null or last_seen_at is not null),
  foreign key (tenant_id, connection_id) references connection (tenant_id, id) on delete cascade
);
create unique index entitlement_external on entitlement (tenant_id, connection_id, type, external_id);
create index entitlement_by_name on entitlement (tenant_id, type, sort_name, id);
create index entitlement_stale on entitlement (tenant_id, connection_id, stale_since) where stale_since is not null;
call owlie_tenant_table('entitlement');

-- A grant names its two ends by the target's ids: a target may name an account it never lists.
create table access_grant (
  id uuid primary key default gen_random_uuid(),
  tenant_id text not null,
  connection_id uuid not null,
  kind text not null,
  entitlement_type text not null,
  entitlement_external_id text collate "C" not null check (octet_length(entitlement_external_id) between 1 and 1000),
  account_external_id text collate "C" not null check (octet_length(account_external_id) between 1 and 1000),
  -- How it is held: role (assigned directly), member (of an organization), …
  grant_type text not null check (octet_length(grant_type) between 1 and 100),
  first_seen_at timestamptz(3) not null,
  first_seen_run uuid,
  changed_at timestamptz(3) not null,
  changed_run uuid,
  last_seen_at timestamptz(3),
  missed_first_at timestamptz(3),
  missed_first_run uuid,
  stale_since timestamptz(3),
  check (stale_since is null or missed_first_at is not null),
  check (missed_first_at is null or last_seen_at is not null),
  foreign key (tenant_id, connection_id) references connection (tenant_id, id) on delete cascade
);
create unique index access_grant_key
  on access_grant (tenant_id, connection_id, kind, entitlement_external_id, account_external_id, grant_type);
create index access_grant_account on access_grant (tenant_id, connection_id, account_external_id);
create index access_grant_stale on access_grant (tenant_id, connection_id, stale_since) where stale_since is not null;
call owlie_tenant_table('access_grant');

-- What a run saw, one row per page, so that seeing costs no write per object. Dropped when the run is closed.
create table observation_page (
  tenant_id text not null,
  connection_id uuid not null,
  run_id uuid not null,
  kind text not null,
  sequence integer not null check (sequence > 0),
  -- The container's external id; empty for kinds without one.
  container text collate "C" not null,
  -- Ids of the rows above.
  seen uuid[] not null,
  -- The container was gone when it was read: nothing can be said about what it held.
  vanished boolean not null default false,
  at timestamptz(3) not null,
  primary key (run_id, kind, sequence),
  foreign key (tenant_id, connection_id) references connection (tenant_id, id) on delete cascade
);
create index observation_page_connection on observation_page (tenant_id, connection_id);
call owlie_tenant_table('observation_page');

-- One row per run and kind that was read completely: from when the kind's state is, and what the run did to it.
create table inventory_sweep (
  tenant_id text not null,
  connection_id uuid not null,
  run_id uuid not null,
  kind text not null,
  generation integer not null check (generation > 0),
  at timestamptz(3) not null,
  seen integer not null check (seen >= 0),
  newly_stale integer not null check (newly_stale >= 0),
  primary key (run_id, kind),
  foreign key (tenant_id, connection_id) references connection (tenant_id, id) on delete cascade
);
create index inventory_sweep_latest on inventory_sweep (tenant_id, connection_id, kind, generation desc);
call owlie_tenant_table('inventory_sweep');
