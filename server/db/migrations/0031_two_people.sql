-- Who may be one of two people (server/operators, decision 0031).
alter table operator
  -- From then on a person counts as one of two. A day ahead for somebody who was let in, or given a role or a new
  -- password, by another person: until then that other one may well be the same.
  add column counts_from timestamptz(3) not null default now();
