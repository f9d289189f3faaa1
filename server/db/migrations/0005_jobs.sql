-- Wake-ups and leases (server/jobs).

-- Who works on what. A row stays for good, so that the token of a resource only ever grows.
create table lease (
  tenant_id text not null,
  resource text not null check (length(resource) between 1 and 300),
  -- The worker process that holds it; null once released.
  owner text,
  token bigint not null check (token > 0),
  expires_at timestamptz not null,
  primary key (tenant_id, resource)
);
create index lease_owner on lease (owner) where owner is not null;
call owlie_tenant_table('lease');
revoke delete, truncate on lease from owlie_app;

-- True when nobody works on it: for `wake` queries of the features.
create function owlie_lease_free(p_resource text) returns boolean
language sql stable as $$
  select not exists (
    select from lease
    where tenant_id = current_setting('owlie.tenant_id') and resource = p_resource
      and owner is not null and expires_at > clock_timestamp()
  )
$$;
revoke all on function owlie_lease_free(text) from public;
grant execute on function owlie_lease_free(text) to owlie_app;

-- The living worker processes. Not a tenant's data; the application's role has no part in it.
create table worker_process (
  id text primary key,
  -- graphile-worker's name for this process's worker pool, to unlock its jobs when the process has died.
  pool text not null,
  -- Key of the session-level advisory lock the process holds while it lives: free at once when its connection ends.
  lock_key bigint not null,
  started_at timestamptz not null default now(),
  seen_at timestamptz not null default now()
);
-- One row: who sweeps next. Taking the turn is one update, so that ten processes do not sweep ten times.
create table worker_sweep (
  only_row boolean primary key default true check (only_row),
  swept_at timestamptz not null
);
insert into worker_sweep (swept_at) values ('epoch');
revoke all on worker_process, worker_sweep from owlie_app;

-- Lets a tenant's transaction queue a wake-up: the job exists if and only if the transaction commits.
-- keep_run_at: leave the time of a job that is already waiting under this key alone (a sweep must not shorten a back-off).
create function owlie_enqueue(
  task text, payload jsonb, job_key text default null, run_at timestamptz default null, keep_run_at boolean default false
) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  -- A tenant's transaction can queue work for its own tenant only.
  if coalesce(current_setting('owlie.tenant_id', true), '') <> '' then
    payload := payload || jsonb_build_object('tenantId', current_setting('owlie.tenant_id'));
  end if;
  perform graphile_worker.add_job(
    identifier => task, payload => payload::json, job_key => job_key, run_at => run_at,
    job_key_mode => case when keep_run_at then 'preserve_run_at' else 'replace' end);
end $$;
revoke all on function owlie_enqueue(text, jsonb, text, timestamptz, boolean) from public;
grant execute on function owlie_enqueue(text, jsonb, text, timestamptz, boolean) to owlie_app;
