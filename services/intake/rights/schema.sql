-- What complainants were told, what they said of their duties, and what they were promised: codes only.
create table information (
    complaint_id    uuid        not null,
    version         int         not null,
    topics          text[]      not null,
    telling         text        not null,
    services        text[]      not null,
    agencies        text[]      not null,
    acknowledged    boolean,
    unread_because  text,
    copy_given      boolean     not null,
    standard_version text       not null,
    rules_version   text        not null,
    staff_id        text        not null,
    given_at        timestamptz not null,
    primary key (complaint_id, version)
);
create table statements (
    complaint_id    uuid        not null,
    kind            text        not null,
    accepted        boolean     not null,
    standard_version text       not null,
    rules_version   text        not null,
    staff_id        text        not null,
    made_at         timestamptz not null,
    primary key (complaint_id, kind)
);
create table promises (
    id              uuid        primary key,
    complaint_id    uuid        not null,
    what            text        not null,
    due_at          timestamptz not null,
    is_told         boolean     not null default true,           -- she knows of the time that holds now
    renewals        int         not null default 0,
    staff_id        text        not null,
    made_at         timestamptz not null,
    kept_at         timestamptz
);
create index promises_complaint on promises (complaint_id);
create index promises_open on promises (due_at) where kept_at is null;

-- The second wall: who sees the complaint sees what was owed to her.
alter table information enable row level security;
create policy service on information using (sees_everything());
create policy reader on information for select using (
    exists (select from complaints where complaints.id = information.complaint_id)
);
alter table statements enable row level security;
create policy service on statements using (sees_everything());
create policy reader on statements for select using (
    exists (select from complaints where complaints.id = statements.complaint_id)
);
alter table promises enable row level security;
create policy service on promises using (sees_everything());
create policy reader on promises for select using (
    exists (select from complaints where complaints.id = promises.complaint_id)
);
