-- Who: identities (people, machines), whose account is whose (server/identities), and what finds that out
-- (server/correlation). An account is never changed by any of it.
-- Every index begins with tenant_id, because the row-level policy compares it; see 0011.

create table identity (
  id uuid primary key default gen_random_uuid(),
  tenant_id text not null,
  kind text not null check (kind in ('person', 'machine')),
  status text not null check (status in ('active', 'disabled')),
  -- What admins have entered, by attribute: one source among the connections (attribute_source).
  manual jsonb not null default '{}' check (jsonb_typeof(manual) = 'object'),
  -- What won of all sources, kept so that lists can be sorted and searched. Whence each value comes is told anew.
  display_name text not null,
  email text,
  profile jsonb not null check (jsonb_typeof(profile) = 'object'),
  -- Folded by the writer, as in 0011.
  sort_name text collate "C" not null check (octet_length(sort_name) <= 400),
  search_text text collate "C" not null,
  -- A merged identity stays, with nothing in it, so that ids never lead nowhere and the merge can be undone.
  merged_into uuid check (merged_into <> id),
  -- Counts edits by people.
  version integer not null default 1 check (version > 0),
  created_at timestamptz(3) not null,
  created_by text not null,
  updated_at timestamptz(3) not null,
  unique (tenant_id, id),
  foreign key (tenant_id, merged_into) references identity (tenant_id, id)
);
create index identity_by_name on identity (tenant_id, sort_name, id) where merged_into is null;
create index identity_merged on identity (tenant_id, merged_into) where merged_into is not null;
call owlie_tenant_table('identity');

-- What admins have entered that tells people apart (an e-mail address, an employee number), made comparable.
create table identity_key (
  tenant_id text not null,
  identity_id uuid not null,
  space text collate "C" not null,
  value text collate "C" not null check (octet_length(value) between 1 and 400),
  primary key (identity_id, space, value),
  foreign key (tenant_id, identity_id) references identity (tenant_id, id)
);
create index identity_key_value on identity_key (tenant_id, space, value);
call owlie_tenant_table('identity_key');

-- Whose an account is. No row: nobody has said, and no rule.
create table identity_account (
  account_id uuid primary key references account (id) on delete cascade,
  tenant_id text not null,
  -- Null: an admin has taken it from its identity. Rules may suggest, never link it again.
  identity_id uuid,
  -- A service account is no person's profile: rules leave it alone. An identity it is linked to answers for it.
  nature text not null default 'personal' check (nature in ('personal', 'service')),
  -- A rule never touches a row that is there, whoever made it.
  origin text not null check (origin in ('rule', 'manual')),
  -- `created`: the identity was made from this account, because nothing matched.
  rule text,
  score smallint check (score between 0 and 100),
  -- [{ rule, space, value, … }], as it was when it was decided.
  evidence jsonb not null default '[]' check (jsonb_typeof(evidence) = 'array'),
  decided_at timestamptz(3) not null,
  decided_by text not null,
  check (origin = 'manual' or (identity_id is not null and rule is not null)),
  foreign key (tenant_id, identity_id) references identity (tenant_id, id)
);
create index identity_account_of on identity_account (tenant_id, identity_id);
call owlie_tenant_table('identity_account');

-- An admin has said that this account is not this identity's: never offered again.
create table identity_apart (
  tenant_id text not null,
  account_id uuid not null references account (id) on delete cascade,
  identity_id uuid not null,
  decided_at timestamptz(3) not null,
  decided_by text not null,
  primary key (account_id, identity_id),
  foreign key (tenant_id, identity_id) references identity (tenant_id, id)
);
create index identity_apart_of on identity_apart (tenant_id, identity_id);
call owlie_tenant_table('identity_apart');

create table identity_merge (
  id uuid primary key default gen_random_uuid(),
  tenant_id text not null,
  from_id uuid not null,
  into_id uuid not null check (into_id <> from_id),
  reason text,
  -- Rows of identity_account and identity_apart as they were, for undoing: { links, apartAdded, apartRemoved }.
  before jsonb not null check (jsonb_typeof(before) = 'object'),
  merged_at timestamptz(3) not null,
  merged_by text not null,
  undone_at timestamptz(3),
  undone_by text,
  check ((undone_at is null) = (undone_by is null)),
  foreign key (tenant_id, from_id) references identity (tenant_id, id),
  foreign key (tenant_id, into_id) references identity (tenant_id, id)
);
create unique index identity_merge_open on identity_merge (tenant_id, from_id) where undone_at is null;
create index identity_merge_into on identity_merge (tenant_id, into_id);
call owlie_tenant_table('identity_merge');

-- Per attribute, whose word counts first. No row: what admins entered, then connections from the oldest.
create table attribute_source (
  tenant_id text not null,
  attribute text not null,
  -- Ids of connections and `manual`, the first that has a value wins. Connections not named come last, oldest first.
  sources jsonb not null check (jsonb_typeof(sources) = 'array'),
  version integer not null default 1 check (version > 0),
  updated_at timestamptz(3) not null,
  updated_by text not null,
  primary key (tenant_id, attribute)
);
call owlie_tenant_table('attribute_source');

-- How the accounts of a connection are matched. No row: the connector's own words, and identities are created.
create table correlation_setting (
  connection_id uuid primary key,
  tenant_id text not null,
  create_identities boolean not null,
  -- Whether its e-mail addresses are proven: by an attribute that says so, all of them, or none.
  email_trust text not null check (email_trust in ('attribute', 'always', 'never')),
  -- [{ space, path, trusted }]: further attributes that tell whose an account is.
  keys jsonb not null check (jsonb_typeof(keys) = 'array'),
  version integer not null check (version > 0),
  updated_at timestamptz(3) not null,
  updated_by text not null,
  foreign key (tenant_id, connection_id) references connection (tenant_id, id) on delete cascade
);
call owlie_tenant_table('correlation_setting');

-- What was last made of an account: looked at again when one of these differs.
create table correlation_account (
  account_id uuid primary key references account (id) on delete cascade,
  tenant_id text not null,
  content_hash bytea not null,
  is_stale boolean not null,
  setting_version integer not null,
  -- `pending`: its keys are new. The rest is what came of them.
  outcome text not null check (outcome in ('pending', 'linked', 'review', 'orphan')),
  considered_at timestamptz(3) not null
);
create index correlation_account_open on correlation_account (tenant_id, outcome, account_id) where outcome <> 'linked';
call owlie_tenant_table('correlation_account');

-- What of an account can be compared with others, made comparable.
create table correlation_key (
  tenant_id text not null,
  account_id uuid not null references account (id) on delete cascade,
  space text collate "C" not null,
  value text collate "C" not null check (octet_length(value) between 1 and 400),
  -- Nobody but the target's admins, or whoever proved it, can have set this value.
  trusted boolean not null,
  primary key (account_id, space, value)
);
create index correlation_key_value on correlation_key (tenant_id, space, value);
call owlie_tenant_table('correlation_key');

-- Doubtful matches that wait for an admin.
create table correlation_candidate (
  tenant_id text not null,
  account_id uuid not null references account (id) on delete cascade,
  identity_id uuid not null,
  rule text not null,
  score smallint not null check (score between 0 and 100),
  evidence jsonb not null check (jsonb_typeof(evidence) = 'array'),
  found_at timestamptz(3) not null,
  primary key (account_id, identity_id),
  foreign key (tenant_id, identity_id) references identity (tenant_id, id)
);
create index correlation_candidate_of on correlation_candidate (tenant_id, identity_id);
create index correlation_candidate_queue on correlation_candidate (tenant_id, score desc, account_id);
call owlie_tenant_table('correlation_candidate');
