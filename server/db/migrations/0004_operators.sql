-- Who may do what inside Owlie (server/operators). The id is auth."user".id; no row, no access.

create table operator (
  tenant_id text not null,
  id text not null,
  email text not null,
  name text not null,
  role text not null check (role in ('admin', 'auditor', 'requester')),
  created_at timestamptz not null default now(),
  primary key (tenant_id, id),
  unique (tenant_id, email)
);
call owlie_tenant_table('operator');
