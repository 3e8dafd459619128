-- Papers and scans of complaints, by codes; what stands on them is sealed in the events.
create table checklists (
    complaint_id    uuid        not null,
    n               int         not null,           -- from 0, in the order in which they were begun
    person_id       uuid,                           -- nobody: the complaint's
    age_group       text,
    primary key (complaint_id, n)
);
create table papers (
    complaint_id    uuid        not null,
    n               int         not null,
    type            text        not null,
    status          text        not null,
    reason          text,
    due_at          timestamptz,
    noted_by        text        not null,
    noted_at        timestamptz not null,
    primary key (complaint_id, n, type)
);
create table victims (                              -- of a case, as its form of today names them
    case_id         uuid        not null,
    n               int         not null,
    person_id       uuid        not null,
    age_band        text,
    is_child        boolean     not null,
    primary key (case_id, n)
);
create table scans (
    id              uuid        primary key,
    complaint_id    uuid        not null,
    person_id       uuid,
    type            text        not null,
    media_type      text        not null,
    size            int         not null,
    sha256          text        not null,
    quarantined     boolean     not null,
    copy_media_type text,                           -- nothing: there is no copy
    pages           int,
    of_pages        int,
    stored_by       text        not null,
    stored_at       timestamptz not null
);
create index scans_complaint on scans (complaint_id, stored_at);
create table scan_files (                           -- what lies in the folder, and with whom it goes
    name            text        primary key,
    complaint_id    uuid        not null,
    scan_id         uuid        not null,
    subject         uuid        not null
);

-- The second wall: whoever sees the complaint sees its papers, by their codes.
alter table checklists enable row level security;
create policy service on checklists using (sees_everything());
create policy reader on checklists for select using (
    exists (select from complaints where complaints.id = checklists.complaint_id)
);
alter table victims enable row level security;
create policy service on victims using (sees_everything());
create policy reader on victims for select using (
    exists (select from complaints where complaints.case_id = victims.case_id)
);
alter table papers enable row level security;
create policy service on papers using (sees_everything());
create policy reader on papers for select using (
    exists (select from complaints where complaints.id = papers.complaint_id)
);
alter table scans enable row level security;
create policy service on scans using (sees_everything());
create policy reader on scans for select using (
    exists (select from complaints where complaints.id = scans.complaint_id)
);
alter table scan_files enable row level security;
create policy service on scan_files using (sees_everything());
