-- How often the status of a complaint was asked, and in vain. The history has each enquiry.
create table enquiries (
    complaint_id    uuid        primary key,
    told            int         not null default 0,
    refused         int         not null default 0,
    last_refused_at timestamptz,
    locked_at       timestamptz,                                 -- until a person lets it be asked again
    unlocked_at     timestamptz                                  -- wrong PINs before it do not count
);
alter table enquiries enable row level security;
create policy service on enquiries using (sees_everything());
create policy reader on enquiries for select using (
    exists (select from complaints where complaints.id = enquiries.complaint_id)
);
