-- Up Migration
-- Call records with their legs (one row a call, one row a leg), and messages that were none.
--
-- `message` is the record as it came, in kakehashi.cdr.v1.CallRecord: what the API answers with. The
-- columns are what queries, prices and invoices need; one statement writes both, and nothing changes
-- them but a record of a higher epoch.

create table call_records (
  call_id text primary key,
  epoch bigint not null check (epoch > 0),
  schema_version integer not null,
  company_id text,
  revision bigint not null,
  trace_id text not null,
  trunk_id text,
  caller_extension text,
  caller_number text not null,
  caller_withheld boolean not null,
  called_number text not null,
  mode text not null,
  trigger text not null,
  started_at timestamptz not null,
  ringing_at timestamptz,
  answered_at timestamptz,
  ended_at timestamptz not null,
  duration_ms bigint not null check (duration_ms >= 0),
  billable_ms bigint not null check (billable_ms >= 0),
  disposition text not null,
  ended_by text not null,
  fault text not null,
  sip_status integer not null,
  q850_cause integer not null,
  anchor text not null,
  controller text not null,
  message bytea not null,
  stored_at timestamptz not null default now()
);
create index call_records_newest on call_records (started_at desc, call_id desc);
create index call_records_company on call_records (company_id, started_at desc, call_id desc);

create table leg_records (
  call_id text not null references call_records on delete cascade,
  leg text not null,
  parent_leg text,
  seq integer not null,
  member_kind text not null check (member_kind in ('extension', 'outside')),
  destination text not null,
  -- Presented = charged = source number.
  source_number text,
  source_class text,
  source_rule text,
  trunk_id text,
  invited_at timestamptz,
  ringing_at timestamptz,
  answered_at timestamptz,
  ended_at timestamptz not null,
  talk_ms bigint not null check (talk_ms >= 0),
  sip_status integer not null,
  q850_cause integer not null,
  end_cause text not null,
  channel_held_ms bigint not null check (channel_held_ms >= 0),
  billable boolean not null,
  skipped text not null,
  primary key (call_id, leg)
);
create unique index leg_records_one_billable on leg_records (call_id) where billable;

-- Sequence numbers start anew with a new stream, so the time is part of the key.
create table undecodable_messages (
  stream_sequence bigint not null,
  received_at timestamptz not null,
  subject text not null,
  fault text not null,
  data bytea not null,
  primary key (received_at, stream_sequence)
);

-- Down Migration
drop table undecodable_messages;
drop table leg_records;
drop table call_records;
