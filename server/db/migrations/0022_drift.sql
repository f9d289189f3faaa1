-- Drift (server/drift): where what is and what ought to be disagree, and what was decided about it.

create table drift (
  id uuid primary key,
  tenant_id text not null,
  connection_id uuid not null,
  kind text not null,
  yields text not null check (yields in ('account', 'entitlement', 'grant')),
  type text not null check (type in ('missing', 'excess', 'different')),
  -- What it is about, by the target's ids: an account, an entitlement, or (with a grant type) that the one holds the
  -- other. Empty where there is none.
  entitlement_type text,
  entitlement_external_id text collate "C" not null,
  account_external_id text collate "C" not null,
  grant_type text not null,
  -- The assignment or desired object, and its desired version; null and 0 where nothing was ever wished.
  intent_id uuid,
  intent_version integer not null check (intent_version >= 0),
  -- The values that disagree, by field; of a whole object all governed ones; null for grants.
  observed jsonb,
  intended jsonb,
  state text not null check (state in
    ('open', 'flagged', 'ignored', 'operation_wanted', 'operation_queued', 'closed')),
  -- The rule that applied when it was found or last changed, and who had set it (null: the default).
  policy text not null check (policy in ('adopt', 'flag', 'preserve', 'ignore')),
  policy_by text,
  -- Why the policy was not carried out, or the operation not.
  held_reason text,
  operation_id text,
  first_seen_at timestamptz(3) not null,
  first_seen_run uuid,
  first_seen_generation integer,
  -- When the values were seen as they are here.
  changed_at timestamptz(3) not null,
  closed_at timestamptz(3),
  resolution text check (resolution in
    ('adopted', 'put_back', 'source_changed', 'intent_changed', 'became_other', 'ignored_by_policy')),
  check ((state = 'closed') = (closed_at is not null)),
  check ((closed_at is null) = (resolution is null)),
  check (state <> 'operation_queued' or operation_id is not null),
  foreign key (tenant_id, connection_id) references connection (tenant_id, id) on delete cascade
);
-- The same disagreement is one row for as long as it lasts.
create unique index drift_subject
  on drift (tenant_id, connection_id, kind, entitlement_external_id, account_external_id, grant_type)
  where closed_at is null;
create index drift_newest on drift (tenant_id, first_seen_at desc, id desc) where closed_at is null;
create index drift_wanted on drift (tenant_id, changed_at) where state = 'operation_wanted';
create index drift_operation on drift (tenant_id, operation_id) where operation_id is not null;
create index drift_closed on drift (tenant_id, closed_at desc, id desc) where closed_at is not null;
call owlie_tenant_table('drift');

create table drift_decision (
  id uuid primary key default gen_random_uuid(),
  tenant_id text not null,
  drift_id uuid not null references drift (id) on delete cascade,
  -- Decided together, undone together.
  batch_id uuid not null,
  decision text not null check (decision in ('adopt', 'flag', 'preserve', 'ignore')),
  by_policy boolean not null,
  actor_name text not null,
  reason text,
  at timestamptz(3) not null,
  state_before text not null,
  -- Adopt: the intention it moved, to which version, and how it was before; null: nothing had been wished.
  intent_id uuid,
  intent_version integer,
  wanted_before boolean,
  fields_before jsonb,
  undone_at timestamptz(3),
  undone_by text,
  check ((undone_at is null) = (undone_by is null))
);
create index drift_decision_drift on drift_decision (tenant_id, drift_id, at);
create index drift_decision_batch on drift_decision (tenant_id, batch_id);
call owlie_tenant_table('drift_decision');

-- What to do about drift, per connection and kind; `type` empty: of any type.
create table drift_policy (
  tenant_id text not null,
  connection_id uuid not null,
  kind text not null,
  type text not null check (type in ('', 'missing', 'excess', 'different')),
  policy text not null check (policy in ('adopt', 'flag', 'preserve', 'ignore')),
  actor_name text not null,
  set_at timestamptz(3) not null,
  primary key (connection_id, kind, type),
  foreign key (tenant_id, connection_id) references connection (tenant_id, id) on delete cascade
);
create index drift_policy_connection on drift_policy (tenant_id, connection_id);
call owlie_tenant_table('drift_policy');

create table drift_setting (
  tenant_id text not null,
  connection_id uuid not null,
  kind text not null,
  ignored_fields text[] not null,
  -- How long after a write of ours the target's lists may not show it yet.
  grace_ms integer not null check (grace_ms between 0 and 86400000),
  actor_name text not null,
  set_at timestamptz(3) not null,
  primary key (connection_id, kind),
  foreign key (tenant_id, connection_id) references connection (tenant_id, id) on delete cascade
);
create index drift_setting_connection on drift_setting (tenant_id, connection_id);
call owlie_tenant_table('drift_setting');

-- One comparison of a connection: its own row is all it writes where nothing has changed.
create table drift_pass (
  id uuid primary key default gen_random_uuid(),
  tenant_id text not null,
  connection_id uuid not null,
  run_id uuid,
  generation integer,
  started_at timestamptz(3) not null,
  finished_at timestamptz(3) not null,
  -- [{kind, opened, changed, closed, adopted, wanted, waiting, held}]
  kinds jsonb not null,
  foreign key (tenant_id, connection_id) references connection (tenant_id, id) on delete cascade
);
create index drift_pass_latest on drift_pass (tenant_id, connection_id, finished_at desc);
create index drift_pass_run on drift_pass (run_id);
call owlie_tenant_table('drift_pass');
