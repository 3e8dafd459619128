create table first_helps (
    case_id         uuid        not null,
    complaint_id    uuid        not null,
    medium          text        not null,
    helped_at       timestamptz not null,
    primary key (case_id, complaint_id)
);

-- How who reported a complaint may be contacted, and each victim who said so.
create table safe_contacts (
    complaint_id        uuid        not null,
    whom                text        not null,
    n                   integer     not null,
    is_victims          boolean     not null,
    may_call            boolean     not null,
    may_text            boolean     not null,
    may_leave_message   boolean     not null,
    may_visit           boolean     not null,
    may_write           boolean     not null,
    hours               text[]      not null,                    -- from and to, in turn
    primary key (complaint_id, whom, n)
);

alter table safe_contacts enable row level security;
create policy service on safe_contacts using (sees_everything());
create policy reader on safe_contacts for select using (
    exists (select from complaints where complaints.complaint_id = safe_contacts.complaint_id)
);

-- The second wall: there for whoever finds the casework. See shared/access/standing.sql.
alter table first_helps enable row level security;
create policy service on first_helps using (sees_everything());
create policy reader on first_helps for select using (
    exists (select from casework where casework.case_id = first_helps.case_id)
);
