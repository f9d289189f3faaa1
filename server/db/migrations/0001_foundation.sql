-- Tenants, the role the product acts as, and what every tenant table gets. Run as the owner.
-- The role owlie_app itself is made by the migrator: roles belong to the cluster, not to this database.

create extension if not exists pg_trgm;

create table tenant (
  id text primary key check (id ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  name text not null,
  created_at timestamptz(3) not null default now()
);
insert into tenant (id, name) values ('default', 'Default');

grant usage on schema public to owlie_app;
revoke create on schema public from public;

-- Every tenant table calls this once: the tenant comes from the transaction, and another tenant's rows do not exist.
create procedure owlie_tenant_table(target regclass) language plpgsql as $$
begin
  execute format($sql$alter table %s alter column tenant_id set default current_setting('owlie.tenant_id')$sql$, target);
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format(
    $sql$create policy tenant on %s
      using (tenant_id = nullif(current_setting('owlie.tenant_id', true), ''))
      with check (tenant_id = nullif(current_setting('owlie.tenant_id', true), ''))$sql$, target);
  -- The owner works across tenants: migrations, the finding of due work, sign-in.
  execute format('create policy owner on %s to %I using (true) with check (true)', target, current_user);
  execute format('grant select, insert, update, delete on %s to owlie_app', target);
end $$;
