-- Up Migration
-- Contracts in time, what invoices count, business hours and callers of numbers, classes of
-- destinations, and how trunks are told of a forwarded call.

-- Every company that was ever stored, by its latest name; stays when the company is deleted.
create table known_companies (
  company_id text primary key,
  name text not null
);
insert into known_companies select id, name from companies;

-- A contract's terms, in two times: dates in Asia/Tokyo for which they hold, and moments between which
-- the registry held them for true. Rows are superseded, never changed or deleted otherwise.
create table contract_terms (
  company_id text not null references known_companies,
  from_date date not null,
  -- The first day after it; null = without end.
  until_date date check (until_date > from_date),
  terminal_forwarding boolean not null,
  representative_forwarding boolean not null,
  extra_channels integer not null check (extra_channels >= 0),
  channels_per_number integer not null check (channels_per_number >= 0),
  international_forwarding boolean not null,
  price_plan text not null,
  -- [{"number": "+8150...", "units": 1}]
  add_ons jsonb not null,
  -- The revision that recorded it.
  revision bigint not null,
  recorded_at timestamptz not null,
  superseded_at timestamptz,
  check (terminal_forwarding or representative_forwarding)
);
-- Of the terms that are held for true, one a first day.
create unique index contract_terms_current on contract_terms (company_id, from_date)
  where superseded_at is null;
create index contract_terms_company on contract_terms (company_id);

-- What there was to count from a moment on, one row whenever it changed; all 0 when the company was deleted.
create table company_counts (
  company_id text not null references known_companies,
  revision bigint not null,
  at timestamptz not null,
  users integer not null,
  shared_numbers integer not null,
  -- Which representative and IVR numbers they are.
  shared text[] not null check (cardinality(shared) = shared_numbers),
  primary key (company_id, revision)
);

-- Until now a contract held from the first revision of its company on.
insert into contract_terms
select c.id, (first.made_at at time zone 'Asia/Tokyo')::date, null, c.terminal_forwarding,
  c.representative_forwarding, c.extra_channels, c.extra_channels, false, 'standard', '[]',
  c.revision, first.made_at, null
from companies c cross join lateral (
  select min(made_at) as made_at from revisions r where r.company_id = c.id
) first
where c.terminal_forwarding or c.representative_forwarding;

insert into company_counts
select c.id, c.revision, first.made_at, people.number, cardinality(own.shared), own.shared
from companies c
  cross join lateral (select min(made_at) as made_at from revisions r where r.company_id = c.id) first
  cross join lateral (select count(*)::int as number from users u where u.company_id = c.id) people
  cross join lateral (
    select coalesce(array_agg(number order by number), '{}') as shared from numbers n
    where n.company_id = c.id and n.kind <> 'standard'
  ) own;

alter table companies
  drop column terminal_forwarding,
  drop column representative_forwarding,
  drop column extra_channels,
  -- The last revision that changed what its routes show: its own, or one that made a destination of
  -- its lists a number of the service, or an outside number again.
  add column route_revision bigint;
update companies set route_revision = revision;
alter table companies alter column route_revision set not null;

create table schedules (
  company_id text not null references companies on delete cascade,
  id text not null,
  name text not null,
  open_on_holidays boolean not null,
  closed_dates date[] not null,
  primary key (company_id, id)
);

create table open_hours (
  company_id text not null,
  schedule_id text not null,
  position integer not null,
  -- 1 = Monday to 7 = Sunday.
  weekdays integer[] not null check (weekdays <@ '{1,2,3,4,5,6,7}'),
  -- Minutes after midnight in Asia/Tokyo.
  from_minute integer not null check (from_minute >= 0),
  until_minute integer not null check (until_minute <= 1440),
  primary key (company_id, schedule_id, position),
  check (from_minute < until_minute),
  foreign key (company_id, schedule_id) references schedules on delete cascade
);

alter table numbers
  add column schedule_id text,
  -- What rings outside the hours of a representative or IVR number; a standard number's is a relay.
  add column out_of_hours_group_id text,
  add column deny text[] not null default '{}',
  add column allow text[] not null default '{}',
  add column refuse_anonymous boolean not null default false,
  add foreign key (company_id, schedule_id) references schedules,
  add foreign key (company_id, out_of_hours_group_id) references groups;

create table out_of_hours_relays (
  company_id text not null references companies on delete cascade,
  number text primary key references numbers on delete cascade,
  ring_self boolean not null,
  follow_member_relay boolean not null
);
create index out_of_hours_relays_company on out_of_hours_relays (company_id);

create table out_of_hours_targets (
  company_id text not null,
  number text not null references out_of_hours_relays on delete cascade,
  position integer not null,
  extension text,
  outside text,
  class text check (class in ('landline', 'mobile', 'ip-phone', 'international')),
  ring_ms integer not null check (ring_ms between 5000 and 120000),
  primary key (number, position),
  check ((extension is null) <> (outside is null)),
  check ((outside is null) = (class is null)),
  foreign key (company_id, extension) references terminals
);
create index out_of_hours_targets_company on out_of_hours_targets (company_id);

-- The class of an outside number by the numbering plan, as of when it was written.
alter table relay_targets add column class text
  check (class in ('landline', 'mobile', 'ip-phone', 'international'));
alter table group_targets add column class text
  check (class in ('landline', 'mobile', 'ip-phone', 'international'));

-- Stored numbers passed the allow-list of DOMAIN 3.1 without international ones: the prefix says the rest.
create function class_by_prefix(number text) returns text language sql immutable as $$
  select case when number like '+8150%' then 'ip-phone'
    when number ~ '^\+81[6-9]0' then 'mobile' else 'landline' end
$$;
update relay_targets set class = class_by_prefix(outside) where outside is not null;
update group_targets set class = class_by_prefix(outside) where outside is not null;
drop function class_by_prefix;

alter table relay_targets add check ((outside is null) = (class is null));
alter table group_targets add check ((outside is null) = (class is null));

-- Who forwards to a number that becomes one of the service's.
create index relay_targets_outside on relay_targets (outside) where outside is not null;
create index group_targets_outside on group_targets (outside) where outside is not null;
create index out_of_hours_targets_outside on out_of_hours_targets (outside) where outside is not null;

alter table trunks
  add column privacy text not null default 'none' check (privacy in ('none', 'absent')),
  add column diversion text not null default 'off'
    check (diversion in ('off', 'diversion', 'history-info')),
  add column user_phone boolean not null default true;

-- Down Migration
alter table trunks drop column privacy, drop column diversion, drop column user_phone;
drop table out_of_hours_targets, out_of_hours_relays;
alter table relay_targets drop column class;
alter table group_targets drop column class;
drop index relay_targets_outside, group_targets_outside;
alter table numbers
  drop column schedule_id,
  drop column out_of_hours_group_id,
  drop column deny,
  drop column allow,
  drop column refuse_anonymous;
drop table open_hours, schedules;

-- Without time, the latest term is the contract.
alter table companies
  add column terminal_forwarding boolean not null default false,
  add column representative_forwarding boolean not null default false,
  add column extra_channels integer not null default 0 check (extra_channels >= 0);
update companies c set terminal_forwarding = t.terminal_forwarding,
  representative_forwarding = t.representative_forwarding, extra_channels = t.extra_channels
from contract_terms t
where t.company_id = c.id and t.superseded_at is null and t.from_date = (
  select max(from_date) from contract_terms
  where company_id = c.id and superseded_at is null and from_date <= current_date
);
alter table companies
  alter column terminal_forwarding drop default,
  alter column representative_forwarding drop default,
  alter column extra_channels drop default,
  drop column route_revision;
drop table company_counts, contract_terms, known_companies;
