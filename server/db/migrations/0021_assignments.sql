-- What ought to be (server/assignments): who shall hold what, and how objects shall be. Rows are not deleted when
-- something is no longer wanted: that is an intention too, and it has a version.

-- Versions never go down, whoever writes: the database says no.
create function owlie_versions_rise() returns trigger language plpgsql as $$
begin
  if new.desired_version < old.desired_version or new.applied_version < old.applied_version then
    raise exception 'a version of % % would go down', tg_table_name, old.id using errcode = 'check_violation';
  end if;
  return new;
end $$;

create table assignment (
  id uuid primary key default gen_random_uuid(),
  tenant_id text not null,
  connection_id uuid not null,
  -- The manifest's kind of the grants it is about, e.g. role_members.
  kind text not null,
  entitlement_type text not null,
  entitlement_external_id text collate "C" not null check (octet_length(entitlement_external_id) between 1 and 1000),
  grant_type text not null check (octet_length(grant_type) between 1 and 100),
  -- Who: an account of the connection, an identity that has none there yet, or both.
  account_external_id text collate "C" check (octet_length(account_external_id) between 1 and 1000),
  identity_id uuid,
  -- False: it ought not to be held.
  wanted boolean not null,
  source text not null check (source in ('person', 'rule', 'baseline', 'operation', 'adopted')),
  -- The baseline, rule, operation or drift it came from.
  source_id text,
  actor_name text not null,
  reason text,
  desired_version integer not null check (desired_version > 0),
  applied_version integer not null default 0 check (applied_version >= 0),
  since timestamptz(3) not null,
  -- When a write to the target was last verified; null when none was needed.
  applied_at timestamptz(3),
  check (applied_version <= desired_version),
  check (account_external_id is not null or identity_id is not null),
  foreign key (tenant_id, connection_id) references connection (tenant_id, id) on delete cascade
);
create unique index assignment_key
  on assignment (tenant_id, connection_id, kind, entitlement_external_id, account_external_id, grant_type)
  where account_external_id is not null;
create unique index assignment_identity
  on assignment (tenant_id, connection_id, kind, entitlement_external_id, identity_id, grant_type)
  where account_external_id is null;
create index assignment_account on assignment (tenant_id, connection_id, account_external_id);
create index assignment_of_identity on assignment (tenant_id, identity_id) where identity_id is not null;
create trigger assignment_versions before update on assignment
  for each row execute function owlie_versions_rise();
call owlie_tenant_table('assignment');

create table desired_object (
  id uuid primary key default gen_random_uuid(),
  tenant_id text not null,
  connection_id uuid not null,
  kind text not null,
  yields text not null check (yields in ('account', 'entitlement')),
  entitlement_type text,
  -- Null until it has been created.
  external_id text collate "C" check (octet_length(external_id) between 1 and 1000),
  identity_id uuid,
  -- False: it ought not to exist.
  wanted boolean not null,
  -- The values that are a matter of intent, by field; a field that is not here is not governed.
  fields jsonb not null check (jsonb_typeof(fields) = 'object'),
  source text not null check (source in ('person', 'rule', 'baseline', 'operation', 'adopted')),
  source_id text,
  actor_name text not null,
  reason text,
  desired_version integer not null check (desired_version > 0),
  applied_version integer not null default 0 check (applied_version >= 0),
  since timestamptz(3) not null,
  applied_at timestamptz(3),
  check (applied_version <= desired_version),
  check ((yields = 'entitlement') = (entitlement_type is not null)),
  foreign key (tenant_id, connection_id) references connection (tenant_id, id) on delete cascade
);
create unique index desired_object_key on desired_object (tenant_id, connection_id, kind, external_id)
  where external_id is not null;
create index desired_object_of_identity on desired_object (tenant_id, identity_id) where identity_id is not null;
create trigger desired_object_versions before update on desired_object
  for each row execute function owlie_versions_rise();
call owlie_tenant_table('desired_object');

-- "Take what is now as intent": from then on, what appears in a kind by itself is a disagreement.
create table baseline (
  id uuid primary key default gen_random_uuid(),
  tenant_id text not null,
  connection_id uuid not null,
  status text not null check (status in ('running', 'complete', 'cancelled')),
  actor_name text not null,
  started_at timestamptz(3) not null,
  finished_at timestamptz(3),
  check ((finished_at is null) = (status = 'running')),
  foreign key (tenant_id, connection_id) references connection (tenant_id, id) on delete cascade
);
create unique index baseline_running on baseline (connection_id) where status = 'running';
create index baseline_connection on baseline (tenant_id, connection_id, started_at desc);
call owlie_tenant_table('baseline');

-- A kind of a baseline and how far it has come: committed with the intents it made.
create table baseline_kind (
  tenant_id text not null,
  baseline_id uuid not null references baseline (id) on delete cascade,
  kind text not null,
  position integer not null check (position >= 0),
  -- The id of the last object or grant taken.
  cursor uuid,
  total integer not null check (total >= 0),
  taken integer not null default 0 check (taken >= 0),
  -- Had an intent already, which stays as it is.
  kept integer not null default 0 check (kept >= 0),
  finished_at timestamptz(3),
  primary key (baseline_id, kind)
);
call owlie_tenant_table('baseline_kind');

-- The kinds of a connection that have a baseline.
create table governed_kind (
  tenant_id text not null,
  connection_id uuid not null,
  kind text not null,
  since timestamptz(3) not null,
  baseline_id uuid,
  actor_name text not null,
  primary key (connection_id, kind),
  foreign key (tenant_id, connection_id) references connection (tenant_id, id) on delete cascade
);
create index governed_kind_tenant on governed_kind (tenant_id, connection_id);
call owlie_tenant_table('governed_kind');

-- The values of the named fields, null where there is none. `own` wins over an attribute of the same name.
create function owlie_fields(names text[], own jsonb, attributes jsonb) returns jsonb language sql immutable parallel safe
as $$
  select coalesce(jsonb_object_agg(name, coalesce(own -> name, attributes -> name, 'null'::jsonb)), '{}')
  from unnest(names) as name
$$;
