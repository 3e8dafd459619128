-- When it happened, where and how sure we are: codes and days, never a word.
create table incidents (
    case_id         uuid        not null,
    version         int         not null,                        -- of the event that told of it,
    nth             int         not null,                        -- and the place in it
    complaint_id    uuid,                                        -- null: of the case form
    occurred_on     date,
    approximate     boolean     not null,
    locus_code      text,
    in_city         boolean,
    place           text,
    primary key (case_id, version, nth)
);

create table case_links (
    id              uuid        primary key,
    first_id        uuid        not null,
    second_id       uuid        not null,
    kind            text                                         -- null: separated again
);
create index case_links_first on case_links (first_id);
create index case_links_second on case_links (second_id);

create table alarms (
    id              uuid        primary key,
    complaint_id    uuid        not null unique,
    case_id         uuid,
    kind            text        not null,
    services        text[]      not null,
    raised_at       timestamptz not null,
    acknowledged_by text,
    acknowledged_at timestamptz
);

-- The second wall: whoever sees the case sees these, and for whom it is not there they are not either.
alter table incidents enable row level security;
create policy service on incidents using (sees_everything());
create policy reader on incidents for select using (
    exists (select from cases where cases.id = incidents.case_id)
);

alter table case_links enable row level security;
create policy service on case_links using (sees_everything());
create policy reader on case_links for select using (
    exists (select from cases where cases.id = case_links.first_id)
    and exists (select from cases where cases.id = case_links.second_id)
);

alter table alarms enable row level security;
create policy service on alarms using (sees_everything());
create policy reader on alarms for select using (
    not array[alarms.case_id, alarms.complaint_id] && (select related_to_me())
    and i_am('identification_officer', 'supervisor')
);
