create table emergencies (
    id              uuid        primary key,
    complaint_id    uuid        not null,
    services        text[]      not null,
    staff_id        text        not null,
    activated_at    timestamptz not null,
    seen_by         text,
    seen_at         timestamptz,
    case_id         uuid
);
create index emergencies_complaint on emergencies (complaint_id);
create index emergencies_unseen on emergencies (activated_at) where seen_at is null;

alter table emergencies enable row level security;
create policy service on emergencies using (sees_everything());
create policy reader on emergencies for select using (
    not array[emergencies.case_id, emergencies.complaint_id] && (select related_to_me())
    and (
        i_am('operator', 'identification_officer', 'supervisor')
        or i_am('counselor') and exists (
            select from standings
            where standings.case_id = emergencies.case_id and counselor_id::text = my_id()
        )
        or i_broke_the_glass(emergencies.case_id)
    )
);
