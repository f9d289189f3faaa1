-- The audit chain (server/audit). Events are appended by owlie_audit_append only; the application's role can read.

create table audit_event (
  tenant_id text not null,
  seq bigint not null check (seq > 0),
  -- Milliseconds, because the hash covers the text form.
  at timestamptz(3) not null,
  -- Canonical JSON; the columns generated from it exist for search and cannot say anything else.
  content text not null,
  prev_hash text not null check (length(prev_hash) = 64),
  hash text not null check (length(hash) = 64),
  action text generated always as (content::jsonb ->> 'action') stored,
  actor_id text generated always as (content::jsonb #>> '{actor,id}') stored,
  subject_id text generated always as (content::jsonb #>> '{subject,id}') stored,
  primary key (tenant_id, seq)
);
create index audit_event_subject on audit_event (tenant_id, subject_id, seq desc);
create index audit_event_actor on audit_event (tenant_id, actor_id, seq desc);
call owlie_tenant_table('audit_event');

-- One row per tenant: the lock that makes concurrent writers one chain.
create table audit_head (
  tenant_id text primary key,
  seq bigint not null check (seq >= 0),
  hash text not null check (length(hash) = 64)
);
call owlie_tenant_table('audit_head');

revoke all on audit_event, audit_head from owlie_app;
grant select on audit_event, audit_head to owlie_app;

create function owlie_audit_append(p_tenant text, p_content text) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_tenant text := current_setting('owlie.tenant_id');
  v_at timestamptz(3);
  v_head audit_head;
  v_hash text;
begin
  if p_tenant is distinct from v_tenant or v_tenant = '' then
    raise exception 'the actor of an audit event is not of this tenant' using errcode = 'insufficient_privilege';
  end if;
  insert into audit_head (tenant_id, seq, hash) values (v_tenant, 0, repeat('0', 64)) on conflict do nothing;
  select * into v_head from audit_head where tenant_id = v_tenant for update;
  v_at := date_trunc('milliseconds', clock_timestamp());
  v_head.seq := v_head.seq + 1;
  v_hash := encode(sha256(convert_to(
    concat_ws(E'\n', v_head.hash, v_tenant, v_head.seq::text,
      to_char(v_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), p_content), 'UTF8')), 'hex');
  insert into audit_event (tenant_id, seq, at, content, prev_hash, hash)
    values (v_tenant, v_head.seq, v_at, p_content, v_head.hash, v_hash);
  update audit_head set seq = v_head.seq, hash = v_hash where tenant_id = v_tenant;
  return v_head.seq;
end $$;
revoke all on function owlie_audit_append(text, text) from public;
grant execute on function owlie_audit_append(text, text) to owlie_app;
