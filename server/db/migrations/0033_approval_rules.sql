-- Operations that need no person's approval (server/provisioning, decision 0033): none, until somebody says so.

create table approval_rule (
  tenant_id text not null,
  connection_id uuid not null,
  -- An action of the connector that takes nothing away.
  action text not null,
  -- Changes by it within 24 hours that this rule has approved.
  most integer not null check (most between 1 and 1000),
  set_by text not null,
  set_at timestamptz(3) not null,
  primary key (connection_id, action),
  foreign key (tenant_id, connection_id) references connection (tenant_id, id) on delete cascade
);
call owlie_tenant_table('approval_rule');

-- Why no person was asked, in words; null where persons were.
alter table operation_plan add column approved_by_policy text;
-- What the rules have approved within the last day.
create index operation_plan_policy on operation_plan (tenant_id, approved_at) where approved_by_policy is not null;
