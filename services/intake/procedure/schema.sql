-- The steps of the procedure that were done, here and elsewhere, and the time limits that were over.
create table steps (
    complaint_id    uuid        not null,
    step            text        not null,
    happened_at     timestamptz not null,
    service         text        not null,
    primary key (complaint_id, step, happened_at)
);
create table breaches (
    about           uuid        not null,                        -- a complaint, or a case
    rule            text        not null,
    rule_version    text        not null,
    due_at          timestamptz not null,
    service         text        not null,
    primary key (about, rule, due_at)
);

-- The second wall: who sees the complaint sees its steps.
alter table steps enable row level security;
create policy service on steps using (sees_everything());
create policy reader on steps for select using (
    exists (select from complaints where complaints.id = steps.complaint_id)
);
alter table breaches enable row level security;
create policy service on breaches using (sees_everything());
create policy reader on breaches for select using (
    exists (select from complaints where breaches.about in (complaints.id, complaints.case_id))
);
