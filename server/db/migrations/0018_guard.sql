-- The mass-change guard (server/guard): what stopped, what it would have marked, and who let it through.

create table guard_limit (
  tenant_id text not null,
  connection_id uuid not null,
  kind text not null,
  metric text not null check (metric in ('created', 'changed', 'missed')),
  -- Up to this many are always allowed.
  free integer not null check (free >= 0),
  -- Null: no limit of that sort. A metric with neither never stops.
  absolute integer check (absolute >= 0),
  percent numeric(5, 2) check (percent between 0 and 100),
  set_by text not null,
  set_at timestamptz(3) not null,
  primary key (connection_id, kind, metric),
  foreign key (tenant_id, connection_id) references connection (tenant_id, id) on delete cascade
);
call owlie_tenant_table('guard_limit');

create table guard_stop (
  id uuid primary key default gen_random_uuid(),
  tenant_id text not null,
  connection_id uuid not null,
  -- The run that was stopped last; a later run that would do exactly the same takes the stop over.
  run_id uuid not null,
  generation integer not null check (generation > 0),
  kind text not null,
  label text not null,
  at timestamptz(3) not null,
  -- [{metric, window, rule, count, base, limit}]
  reasons jsonb not null check (jsonb_typeof(reasons) = 'array'),
  -- {present, seen, created, changed, missed}
  counts jsonb not null,
  -- Exactly what a release marks; its hash is what the two people name.
  missed uuid[] not null,
  set_hash text not null check (set_hash ~ '^[0-9a-f]{64}$'),
  state text not null check (state in ('stopped', 'requested', 'released', 'superseded')),
  -- A person (operator id), or the key that asked when nobody knows whose it is.
  requested_by text,
  requested_by_name text,
  requested_at timestamptz(3),
  expires_at timestamptz(3),
  released_by text,
  released_by_name text,
  released_at timestamptz(3),
  closed_reason text,
  -- Two people, also if the code were wrong.
  check (released_by is null or released_by <> requested_by),
  check ((state in ('requested', 'released')) <= (requested_by is not null)),
  check ((state = 'released') = (released_by is not null)),
  check (released_at is null or released_at <= expires_at),
  foreign key (tenant_id, connection_id) references connection (tenant_id, id) on delete cascade
);
create unique index guard_stop_open on guard_stop (connection_id, kind) where state in ('stopped', 'requested');
create index guard_stop_list on guard_stop (tenant_id, at desc);
create index guard_stop_connection on guard_stop (tenant_id, connection_id, at desc);
call owlie_tenant_table('guard_stop');

-- What a guard holds was read completely and marks nothing.
alter table sync_kind drop constraint sync_kind_end_check;
alter table sync_kind add constraint sync_kind_end_check
  check ("end" in ('complete', 'held', 'truncated', 'skipped', 'failed'));
