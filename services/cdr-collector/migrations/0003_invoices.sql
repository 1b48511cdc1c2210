-- Up Migration
-- Price files as they were applied, and issued invoices as they were made out.
--
-- Neither is ever changed: a trigger refuses it, so that no statement, of ours or typed by a person,
-- alters what was sent to a customer. Drafts are computed and not stored.

create table price_files (
  version bigint primary key check (version > 0),
  -- YAML as it was written.
  document text not null,
  applied_at timestamptz not null default now()
);
create trigger price_files_are_kept before update or delete on price_files
  for each statement execute function refuse_change();

create table invoices (
  company_id text not null,
  -- Month of issue, 2026-10.
  month text not null check (month ~ '^[0-9]{4}-[0-9]{2}$'),
  -- Number of the invoice: without gaps within a year.
  year integer not null,
  serial integer not null check (serial > 0),
  price_version bigint not null references price_files,
  issued_at timestamptz not null default now(),
  -- The invoice; `json` and not `jsonb` keeps it letter by letter.
  document json not null,
  primary key (company_id, month),
  unique (year, serial)
);
create trigger invoices_are_kept before update or delete on invoices
  for each statement execute function refuse_change();

-- Down Migration
drop table invoices;
drop table price_files;
