create table contacts (
    stream_id       uuid        not null,
    version         int         not null,
    case_id         uuid        not null,
    complaint_id    uuid        not null,
    counselor_id    uuid        not null,
    is_coordinator  boolean     not null,
    medium          text        not null,
    answered        boolean     not null,
    next_id         uuid,
    staff_id        text        not null,
    contacted_at    timestamptz not null,
    primary key (stream_id, version)
);
create index contacts_case on contacts (case_id);
create table retrievals (
    id              uuid        primary key,
    case_id         uuid        not null,
    complaint_id    uuid        not null,
    purpose         text        not null,
    has_paper       boolean     not null,
    staff_id        text        not null,
    retrieved_at    timestamptz not null,
    until           timestamptz not null,
    returned_at     timestamptz
);
create index retrievals_case on retrievals (case_id);

-- The second wall: who looks into a case and who handles it. See shared/access/standing.sql.
create function i_look_into(about uuid) returns boolean stable language sql
return exists (
    select from casework where case_id = about and (
        i_am('supervisor')
        or i_am('counselor') and counselor_id::text = my_id()
        or i_am('identification_officer') and my_id() = any(officer_ids)
        or i_broke_the_glass(about)
        or i_have_the_record(about)
    )
);
alter table contacts enable row level security;
create policy service on contacts using (sees_everything());
create policy reader on contacts for select using (i_look_into(contacts.case_id));

alter table retrievals enable row level security;
create policy service on retrievals using (sees_everything());
create policy reader on retrievals for select using (
    i_look_into(retrievals.case_id)
    or staff_id = my_id() and not array[retrievals.case_id, retrievals.complaint_id] && (select related_to_me())
);
