-- Sync runs (server/sync): one pass over a connection, its kinds, and a row per page.

create table sync_run (
  id uuid primary key default gen_random_uuid(),
  tenant_id text not null,
  connection_id uuid not null,
  -- Counts the runs of a connection.
  generation integer not null check (generation > 0),
  status text not null check (status in ('queued', 'running', 'complete', 'incomplete', 'failed', 'cancelled')),
  trigger text not null check (trigger in ('manual', 'api', 'schedule', 'event')),
  actor_name text,
  created_at timestamptz(3) not null,
  -- The first turn's start.
  started_at timestamptz(3),
  finished_at timestamptz(3),
  -- A turn is open. Still true when the next one starts: the last did not end by itself.
  in_turn boolean not null default false,
  -- Turns in a row that were interrupted, and that threw, without a page between them.
  interruptions integer not null default 0 check (interruptions >= 0),
  faults integer not null default 0 check (faults >= 0),
  -- Waits in a row without a page between them, and the last page.
  parks integer not null default 0 check (parks >= 0),
  progress_at timestamptz(3),
  waiting_until timestamptz(3),
  waiting_reason text,
  -- {total, byRoute, throttled, waitedMs}, of all turns.
  requests jsonb not null,
  -- Time inside turns, ms.
  worked_ms bigint not null default 0 check (worked_ms >= 0),
  failure jsonb,
  -- [{at, kind, fromPage}]
  resumptions jsonb not null default '[]',
  check ((finished_at is null) = (status in ('queued', 'running'))),
  check ((waiting_until is null) = (waiting_reason is null)),
  check (waiting_until is null or finished_at is null),
  foreign key (tenant_id, connection_id) references connection (tenant_id, id) on delete cascade
);
create unique index sync_run_generation on sync_run (connection_id, generation);
-- One run per connection, also against two starts at the same moment.
create unique index sync_run_active on sync_run (connection_id) where status in ('queued', 'running');
create index sync_run_due on sync_run (tenant_id, status) where status in ('queued', 'running');
call owlie_tenant_table('sync_run');

create table sync_kind (
  tenant_id text not null,
  run_id uuid not null references sync_run (id) on delete cascade,
  kind text not null,
  label text not null,
  -- The manifest's order.
  position integer not null check (position >= 0),
  state text not null check (state in ('pending', 'running', 'ended')),
  "end" text check ("end" in ('complete', 'truncated', 'skipped', 'failed')),
  reason text,
  failure jsonb,
  -- The checkpoint: where to go on. JSON null in `cursor` starts the container (or the kind) from its beginning.
  -- json and not jsonb: it is the connector's, and comes back exactly as it was given.
  checkpoint_version integer not null default 1 check (checkpoint_version > 0),
  cursor json not null default 'null',
  -- The container being read, or the last one read; those after it in byte order are still to come.
  container text collate "C",
  within_container boolean not null default false,
  -- Of the container being read (of the kind, where there is none).
  container_pages integer not null default 0 check (container_pages >= 0),
  restarts integer not null default 0 check (restarts >= 0),
  containers_done integer not null default 0 check (containers_done >= 0),
  containers_total integer check (containers_total >= 0),
  containers_vanished integer not null default 0 check (containers_vanished >= 0),
  -- Containers (or, without them, 1) whose list may be short, and the first one's reason.
  truncations integer not null default 0 check (truncations >= 0),
  truncated_why jsonb,
  pages integer not null default 0 check (pages >= 0),
  read integer not null default 0 check (read >= 0),
  created integer not null default 0 check (created >= 0),
  changed integer not null default 0 check (changed >= 0),
  unchanged integer not null default 0 check (unchanged >= 0),
  stale integer not null default 0 check (stale >= 0),
  quarantined integer not null default 0 check (quarantined >= 0),
  -- Of those, the ones without an id: then nobody knows which object was seen.
  nameless integer not null default 0 check (nameless >= 0),
  total integer check (total >= 0),
  total_exact boolean not null default false,
  started_at timestamptz(3),
  ended_at timestamptz(3),
  check ((state = 'ended') = ("end" is not null)),
  check ((state = 'ended') = (ended_at is not null)),
  check ("end" is null or "end" = 'complete' or reason is not null),
  primary key (run_id, kind)
);
call owlie_tenant_table('sync_kind');

create table sync_page (
  tenant_id text not null,
  run_id uuid not null references sync_run (id) on delete cascade,
  kind text not null,
  sequence integer not null check (sequence > 0),
  container text collate "C" not null,
  restart integer not null,
  -- sha256 of the cursor this page ended with; null when it was the last.
  cursor_hash bytea,
  records integer not null,
  -- [{id, reason}]
  quarantined jsonb not null default '[]',
  at timestamptz(3) not null,
  primary key (run_id, kind, sequence)
);
-- A cursor that comes back would be read for ever. Null hashes (last pages) are all distinct.
create unique index sync_page_cursor on sync_page (run_id, kind, container, restart, cursor_hash);
call owlie_tenant_table('sync_page');
