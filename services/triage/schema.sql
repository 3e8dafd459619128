create table identifications (
    complaint_id    uuid        primary key,
    registration_no text        not null,
    channel         text        not null,
    reporter_role   text        not null,
    in_danger       boolean     not null,
    locus_code      text,
    received_at     timestamptz not null,
    status          text        not null,
    officer_id      text,
    taken_at        timestamptz,
    due_at          timestamptz,
    completed_at    timestamptz,
    route           text[]      not null default '{}',
    case_id         uuid,
    version         int         not null,
    stream_id       uuid        not null unique
);
create index identifications_queue on identifications (status, in_danger desc, received_at);

create table cases (
    id              uuid        primary key,
    registration_no text        not null,
    opened_at       timestamptz not null,
    vawc            boolean,
    locus           text,
    locus_code      text,
    urgency         text,
    tpks            boolean,
    child           boolean,
    violence        text[]      not null default '{}',
    needs           text[]      not null default '{}',
    route           text[]      not null default '{}',
    classified_at   timestamptz,
    counselor_id    uuid,
    referral_ids    uuid[]      not null default '{}',
    complaint_ids   uuid[]      not null,
    version         int         not null
);
