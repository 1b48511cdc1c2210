-- Up Migration
-- Companies, what belongs to them, trunks, and the log of revisions.
--
-- Every change locks the one row of registry_state first, so changes happen one after the other and
-- a reader that has seen revision n has seen every change up to n.

create table registry_state (
  singleton boolean primary key default true check (singleton),
  revision bigint not null,
  -- The last revision that changed a trunk.
  trunk_revision bigint not null
);
insert into registry_state (revision, trunk_revision) values (0, 0);

-- What changed at each revision: one company or one trunk, which may be gone by now.
create table revisions (
  revision bigint primary key,
  company_id text,
  trunk_id text,
  changes text[] not null,
  made_at timestamptz not null default now(),
  check ((company_id is null) <> (trunk_id is null))
);

create table trunks (
  id text primary key,
  channels integer not null check (channels > 0),
  identity text not null check (identity in ('pai', 'ppi', 'from-only')),
  format text not null check (format in ('e164', 'national')),
  revision bigint not null
);

-- An address names one trunk: the edge knows a carrier by it.
create table trunk_sources (
  address text primary key,
  trunk_id text not null references trunks on delete cascade,
  position integer not null
);
create index trunk_sources_trunk on trunk_sources (trunk_id);

create table trunk_gateways (
  trunk_id text not null references trunks on delete cascade,
  position integer not null,
  host text not null,
  port integer not null check (port between 1 and 65535),
  transport text not null check (transport in ('udp', 'tcp')),
  primary key (trunk_id, position)
);

create table companies (
  id text primary key,
  name text not null,
  domain text not null unique,
  terminal_forwarding boolean not null,
  representative_forwarding boolean not null,
  extra_channels integer not null check (extra_channels >= 0),
  revision bigint not null
);

create table terminals (
  company_id text not null references companies on delete cascade,
  extension text not null,
  name text not null,
  number text,
  home_representative text,
  ring_ms integer not null check (ring_ms between 5000 and 120000),
  -- Digest secrets H(extension:domain:password), hex. The password itself is not stored.
  ha1_md5 text not null check (ha1_md5 ~ '^[0-9a-f]{32}$'),
  ha1_sha256 text not null check (ha1_sha256 ~ '^[0-9a-f]{64}$'),
  primary key (company_id, extension)
);

create table relays (
  company_id text not null,
  extension text not null,
  ring_self boolean not null,
  follow_member_relay boolean not null,
  primary key (company_id, extension),
  foreign key (company_id, extension) references terminals on delete cascade
);

create table relay_targets (
  company_id text not null,
  owner text not null,
  position integer not null,
  extension text,
  outside text,
  ring_ms integer not null check (ring_ms between 5000 and 120000),
  primary key (company_id, owner, position),
  check ((extension is null) <> (outside is null)),
  foreign key (company_id, owner) references relays (company_id, extension) on delete cascade,
  foreign key (company_id, extension) references terminals
);

create table groups (
  company_id text not null references companies on delete cascade,
  id text not null,
  name text not null,
  extension text,
  representative text,
  mode text not null check (mode in ('ring-all', 'relay')),
  follow_member_relay boolean not null,
  total_ring_ms integer not null check (total_ring_ms between 5000 and 170000),
  primary key (company_id, id),
  unique (company_id, extension)
);

create table group_targets (
  company_id text not null,
  group_id text not null,
  position integer not null,
  extension text,
  outside text,
  ring_ms integer not null check (ring_ms between 5000 and 120000),
  primary key (company_id, group_id, position),
  check ((extension is null) <> (outside is null)),
  foreign key (company_id, group_id) references groups on delete cascade,
  foreign key (company_id, extension) references terminals
);

-- The number itself is the key: a number belongs to one company.
create table numbers (
  number text primary key check (number ~ '^\+[1-9][0-9]{6,14}$'),
  company_id text not null references companies on delete cascade,
  kind text not null check (kind in ('standard', 'representative', 'ivr')),
  trunk_id text not null references trunks,
  group_id text,
  extension text,
  check ((group_id is null) <> (extension is null)),
  foreign key (company_id, group_id) references groups,
  foreign key (company_id, extension) references terminals
);
create index numbers_company on numbers (company_id);
create index numbers_trunk on numbers (trunk_id);

create table users (
  company_id text not null references companies on delete cascade,
  id text not null,
  name text not null,
  primary key (company_id, id)
);

create table user_extensions (
  company_id text not null,
  user_id text not null,
  position integer not null,
  extension text not null,
  primary key (company_id, user_id, position),
  foreign key (company_id, user_id) references users on delete cascade,
  foreign key (company_id, extension) references terminals
);

-- Down Migration
drop table user_extensions, users, numbers, group_targets, groups, relay_targets, relays, terminals,
  companies, trunk_gateways, trunk_sources, trunks, revisions, registry_state;
