-- Up Migration
-- Rates and the ledger of charges (DOMAIN 5).
--
-- Decks and charges are only ever added to; a trigger refuses anything else. The ledger does not refer to
-- the records: a record is replaced by one of a higher epoch, a charge never. Months are Asia/Tokyo.

alter table call_records
  add column price_plan text not null default '',
  add column refused_by text not null default '';
alter table leg_records
  add column company_id text,
  -- Null in records from before classes were recorded.
  add column destination_class text,
  add column on_net boolean not null default false;
update leg_records set company_id = call_records.company_id
  from call_records where call_records.call_id = leg_records.call_id;
-- Re-rating walks along this.
create index leg_records_billable on leg_records (company_id, answered_at, call_id)
  where billable and member_kind = 'outside';

create table rate_decks (
  version bigint primary key,
  plan text not null,
  valid_from date not null,
  -- Number of rates.
  size integer not null,
  imported_at timestamptz not null
);
create index rate_decks_newest on rate_decks (plan, valid_from, version desc);

create table rates (
  deck_version bigint not null references rate_decks,
  class text not null,
  prefix text not null,
  unit_s integer not null check (unit_s > 0),
  unit_yen bigint not null check (unit_yen >= 0),
  primary key (deck_version, class, prefix)
);

create table charges (
  call_id text not null,
  entry integer not null check (entry > 0),
  leg text not null,
  company_id text not null,
  source_number text not null,
  source_class text not null,
  destination text not null,
  destination_class text not null,
  on_net boolean not null,
  answered_at timestamptz not null,
  answered_month text not null,
  -- Differences: the charge of a call is the sum of its entries.
  calls integer not null,
  billed_s bigint not null,
  yen bigint not null,
  units integer not null check (units >= 0),
  deck_version bigint references rate_decks,
  reason text not null check (reason in ('rated', 'record-replaced', 're-rated')),
  booked_at timestamptz not null,
  booked_month text not null,
  primary key (call_id, entry)
);
create index charges_month on charges (company_id, answered_month);
-- Only an entry booked in a later month than the call can have missed its invoice.
create index charges_late on charges (company_id, booked_at) where booked_month > answered_month;

-- Billable legs that no rate was found for.
create table unrated (
  call_id text primary key,
  leg text not null,
  company_id text not null,
  destination text not null,
  answered_at timestamptz not null,
  reason text not null,
  -- When this became known first.
  noted_at timestamptz not null
);
create index unrated_company on unrated (company_id, answered_at, call_id);
create index unrated_oldest on unrated (answered_at, call_id);
insert into unrated
  select call_id, leg, company_id, destination, answered_at,
    'the record does not say the class of the destination', ended_at
  from leg_records
  where billable and member_kind = 'outside' and company_id is not null;

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is only ever added to', tg_table_name using errcode = 'restrict_violation';
end
$$;
create trigger charges_are_kept before update or delete on charges
  for each statement execute function refuse_change();
create trigger rate_decks_are_kept before update or delete on rate_decks
  for each statement execute function refuse_change();
create trigger rates_are_kept before update or delete on rates
  for each statement execute function refuse_change();

-- Down Migration
drop table unrated;
drop table charges;
drop table rates;
drop table rate_decks;
drop function refuse_change;
drop index leg_records_billable;
alter table leg_records drop column company_id, drop column destination_class, drop column on_net;
alter table call_records drop column price_plan, drop column refused_by;
