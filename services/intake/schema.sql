create table complaints (
    id              uuid        primary key,
    registration_no text        not null unique,
    channel         text        not null,
    sub_channel     text,
    reporter_role   text        not null,
    in_danger       boolean     not null,
    locus_code      text,
    received_at     timestamptz not null,
    status          text        not null,
    case_id         uuid,
    version         int         not null
);
create index complaints_case on complaints (case_id);
