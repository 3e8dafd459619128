-- Which form of a case is the last one: what the matcher reads. Of no reader's concern.
create table latest_forms (
    case_id         uuid        primary key,
    version         int         not null
);

-- What officers were shown: ids, codes and numbers. What they searched by lies sealed in the event.
create table searches (
    id              uuid        primary key,
    complaint_id    uuid        not null,
    officer_id      text        not null,
    complete        boolean     not null,
    shown_at        timestamptz not null
);
create index searches_last on searches (complaint_id, shown_at desc);
create table candidates (
    search_id       uuid        not null,
    place           int         not null,
    case_id         uuid        not null,
    known_as        uuid,
    role            text,
    score           int         not null,
    reasons         text[]      not null,
    proposed        boolean     not null,
    primary key (search_id, place)
);

-- Searches that a supervisor is to look at: refused ones, and more than is usual.
create table search_alarms (
    id              uuid        not null,
    version         int         not null,
    kind            text        not null,
    complaint_id    uuid        not null,
    officer_id      text        not null,
    searches        int         not null,
    noticed_at      timestamptz not null,
    primary key (id, version)
);

alter table latest_forms enable row level security;
create policy service on latest_forms using (sees_everything());

alter table searches enable row level security;
create policy service on searches using (sees_everything());
create policy reader on searches for select using (
    i_am('identification_officer') and officer_id = my_id()
    and not array[searches.complaint_id] && (select related_to_me())
);

alter table candidates enable row level security;
create policy service on candidates using (sees_everything());
create policy reader on candidates for select using (
    not array[candidates.case_id] && (select related_to_me())
    and exists (select from searches where searches.id = candidates.search_id)
);

alter table search_alarms enable row level security;
create policy service on search_alarms using (sees_everything());
create policy reader on search_alarms for select using (
    i_am('supervisor')  -- and the identification is not there for whoever is related to a party
    and exists (
        select from identifications where identifications.complaint_id = search_alarms.complaint_id
    )
);
