-- Schedules, pausing, completeness statements and incremental runs (server/sync).

alter table sync_run
  -- full: every object of every kind. incremental: only what the target hints has changed.
  add column mode text not null default 'full' check (mode in ('full', 'incremental')),
  -- Set while a person keeps the run from going on. It stays the connection's active run.
  add column paused_at timestamptz(3),
  add column paused_by text,
  -- What it was told to read: {connection, connector, version, config}, without any secret; and what was granted.
  add column settings jsonb,
  add column granted jsonb,
  -- full: the target's change marker before the first page. incremental: where this pass began.
  -- json and not jsonb: it is the connector's, and comes back exactly as it was given.
  add column hint_cursor json,
  -- Why there is no marker (full), or what of the hints was lost (incremental).
  add column hint_failure jsonb,
  -- Hints looked at, and those among them that named something known to be as it is already.
  add column hints integer not null default 0 check (hints >= 0),
  add column hints_known integer not null default 0 check (hints_known >= 0),
  add constraint sync_run_paused check ((paused_at is null) = (paused_by is null) and (paused_at is null or finished_at is null));

alter table sync_kind
  add column requests integer not null default 0 check (requests >= 0),
  -- {words: lists}: in the connector's words, how it knows that a list was whole.
  add column proofs jsonb not null default '{}';

create table sync_schedule (
  tenant_id text not null,
  connection_id uuid primary key,
  enabled boolean not null,
  -- Five fields, in the time zone.
  cron text not null check (length(cron) between 1 and 200),
  time_zone text not null check (length(time_zone) between 1 and 100),
  -- Between two incremental runs; null: full runs only.
  incremental_minutes integer check (incremental_minutes between 1 and 1440),
  -- Null while it is off.
  due_at timestamptz(3),
  incremental_due_at timestamptz(3),
  -- {at, outcome: started|skipped, reason, runId}
  last_full jsonb,
  last_incremental jsonb,
  updated_at timestamptz(3) not null,
  updated_by text not null,
  check (enabled or (due_at is null and incremental_due_at is null)),
  foreign key (tenant_id, connection_id) references connection (tenant_id, id) on delete cascade
);
create index sync_schedule_due on sync_schedule (tenant_id, due_at) where enabled;
call owlie_tenant_table('sync_schedule');

-- Up to where the target's hints of changes have been followed. Moves only with what they brought.
create table sync_hint_checkpoint (
  tenant_id text not null,
  connection_id uuid primary key,
  cursor json not null,
  -- Of the connection, when the full run it stands on began: other settings, other hints.
  connection_version integer not null,
  base_run uuid not null,
  moved_run uuid not null,
  moved_at timestamptz(3) not null,
  -- A failure: hints in between are gone, so that only a full run tells what is.
  lost jsonb,
  foreign key (tenant_id, connection_id) references connection (tenant_id, id) on delete cascade
);
call owlie_tenant_table('sync_hint_checkpoint');

-- What a run is worth as evidence, written once when it ends. The audit holds its hash.
create table sync_statement (
  tenant_id text not null,
  run_id uuid primary key references sync_run (id) on delete cascade,
  -- Canonical JSON, and the sha256 of exactly this text in hex.
  content text not null,
  hash text not null check (hash ~ '^[0-9a-f]{64}$')
);
call owlie_tenant_table('sync_statement');
revoke update on sync_statement from owlie_app;
