-- How much of a target's rate limit a connection may use, and how much of it is used up (server/rate).

alter table connection
  -- A plan of the connector's, 'custom', or 'unknown': then the target's own answers say.
  add column rate_plan text not null default 'unknown',
  add column rate_burst integer check (rate_burst between 1 and 100000),
  add column rate_per_minute integer check (rate_per_minute between 1 and 1000000),
  -- The part of each limit that is left to the target's other users.
  add column reserve_percent smallint not null default 20 check (reserve_percent between 0 and 90),
  add check ((rate_plan = 'custom') = (rate_burst is not null)),
  add check ((rate_burst is null) = (rate_per_minute is null));

-- The level of each of a target's limits, shared by every process. By connector and host, not by connection: two
-- connections to one target, and the test of a draft, use up the same limits.
create table rate_budget (
  tenant_id text not null,
  target text not null check (char_length(target) between 1 and 400),
  buckets jsonb not null default '{}' check (jsonb_typeof(buckets) = 'object'),
  used_at timestamptz(3) not null default now(),
  primary key (tenant_id, target)
) with (fillfactor = 50);
call owlie_tenant_table('rate_budget');
