-- Wished changes, what exactly will be done for them, and what was done (server/provisioning).

create table operation (
  id uuid primary key default gen_random_uuid(),
  tenant_id text not null,
  connection_id uuid not null,
  -- Names the wish for ever: the same key brings back the same operation.
  idempotency_key text not null check (octet_length(idempotency_key) between 1 and 200),
  -- sha256 of the canonical wish: the same key with another one is refused.
  payload_hash text not null check (payload_hash ~ '^[0-9a-f]{64}$'),
  -- [{action, target, input}]. Never a secret: actions of operations take none.
  items jsonb not null check (jsonb_typeof(items) = 'array'),
  title text not null,
  reason text,
  -- The drift or operation it came from.
  source_id text,
  state text not null check (state in (
    'planning', 'planned', 'approved', 'applying', 'tried', 'applied', 'failed', 'refused', 'cancelled')),
  -- Of the plan that counts; 0 before the first.
  plan_number integer not null default 0 check (plan_number >= 0),
  actor_kind text not null,
  actor_id text not null,
  actor_name text not null,
  created_at timestamptz(3) not null,
  cancel_requested_by text,
  -- Approve the next plan by itself if it does nothing the approved one did not.
  carry_on boolean not null default false,
  waiting_until timestamptz(3),
  waiting_reason text,
  in_turn boolean not null default false,
  -- Turns in a row that were interrupted or threw, without a step between them.
  interruptions integer not null default 0 check (interruptions >= 0),
  failure jsonb,
  finished_at timestamptz(3),
  check ((waiting_until is null) = (waiting_reason is null)),
  check ((finished_at is null) = (state in ('planning', 'planned', 'approved', 'applying', 'tried'))),
  foreign key (tenant_id, connection_id) references connection (tenant_id, id) on delete cascade
);
create unique index operation_key on operation (tenant_id, idempotency_key);
create index operation_list on operation (tenant_id, created_at desc, id);
create index operation_connection on operation (tenant_id, connection_id, created_at desc);
create index operation_due on operation (tenant_id, state) where state in ('planning', 'approved', 'applying');
call owlie_tenant_table('operation');

create table operation_plan (
  tenant_id text not null,
  operation_id uuid not null references operation (id) on delete cascade,
  number integer not null check (number > 0),
  -- sha256 over steps and premises: what is approved is what is run.
  hash text not null check (hash ~ '^[0-9a-f]{64}$'),
  made_at timestamptz(3) not null,
  -- {create, change, destroy, same, warnings, problems, forecast, moved, guard}
  summary jsonb not null,
  -- [{personId, name, at, count}]
  approvals jsonb not null default '[]',
  approved_at timestamptz(3),
  try_one boolean not null default false,
  primary key (operation_id, number)
);
call owlie_tenant_table('operation_plan');

create table operation_step (
  id uuid primary key default gen_random_uuid(),
  tenant_id text not null,
  operation_id uuid not null references operation (id) on delete cascade,
  plan_number integer not null,
  position integer not null check (position > 0),
  action text not null,
  change_id text not null,
  -- {target, input, sentence, request, differences, premises, units, …}: immutable, covered by the plan's hash.
  body jsonb not null,
  destructive boolean not null,
  state text not null check (state in (
    'pending', 'touching', 'applied', 'same', 'refused', 'unknown', 'superseded', 'skipped')),
  attempts integer not null default 0 check (attempts >= 0),
  failure jsonb,
  external_id text,
  proof text check (proof in ('verified', 'unproven')),
  proof_reason text,
  started_at timestamptz(3),
  ended_at timestamptz(3),
  foreign key (operation_id, plan_number) references operation_plan (operation_id, number) on delete cascade
);
create unique index operation_step_position on operation_step (operation_id, plan_number, position);
-- A step of one operation is one touch under one id, and only one of them may be on its way.
create unique index operation_step_touching on operation_step (tenant_id, change_id) where state = 'touching';
call owlie_tenant_table('operation_step');

-- What was intended before each touch, and what came of it after. Rows are only added.
create table operation_journal (
  tenant_id text not null,
  operation_id uuid not null references operation (id) on delete cascade,
  seq integer not null check (seq > 0),
  at timestamptz(3) not null,
  step_id uuid,
  entry text not null check (entry in ('intent', 'outcome', 'look', 'proof', 'note')),
  change_id text,
  attempt integer,
  -- {is, code, …}: no value of an input and nothing of the target's answer.
  detail jsonb not null,
  primary key (operation_id, seq)
);
create function owlie_never_changed() returns trigger language plpgsql as $$
begin
  raise exception 'rows of % are only added', tg_table_name using errcode = 'check_violation';
end $$;
create trigger operation_journal_kept before update on operation_journal
  for each row execute function owlie_never_changed();
call owlie_tenant_table('operation_journal');

-- The intentions an approved operation carries out, each in the version it had then.
create table operation_intent (
  tenant_id text not null,
  operation_id uuid not null references operation (id) on delete cascade,
  unit_key text not null,
  intent_id uuid not null,
  version integer not null check (version > 0),
  -- {wanted, fields} of before; null when there was none.
  earlier jsonb,
  primary key (operation_id, unit_key, intent_id)
);
create index operation_intent_of on operation_intent (tenant_id, intent_id);
call owlie_tenant_table('operation_intent');
