create table agencies (
    id                  uuid        primary key,
    name                text        not null,
    kind                text        not null,
    region_code         text        not null,
    serves              text[]      not null,
    answer_within_hours int         not null
);

create table referrals (
    id              uuid        primary key,
    case_id         uuid        not null,
    complaint_id    uuid        not null,
    agency_id       uuid        not null,
    agency_kind     text        not null,
    region_code     text        not null,
    urgency         text        not null,
    purpose         text        not null,
    referred_at     timestamptz not null,
    respond_by      timestamptz not null,
    version         int         not null
);
create index referrals_case on referrals (case_id);

create table needs (
    id              uuid        primary key,
    case_id         uuid        not null,
    complaint_id    uuid        not null,
    region_code     text,
    urgency         text        not null,
    reason          text        not null,
    candidates      uuid[]      not null,
    needed_at       timestamptz not null
);
