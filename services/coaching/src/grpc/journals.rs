//! Journals over gRPC: their owner's, and of whom they share a section with.

use std::collections::BTreeSet;

use api::{
    coaching::v1::{self as pb, JournalSection, journal_service_server::JournalService},
    ids::PersonId,
};
use chrono::NaiveDate;
use identity::Action;
use service::{Call, Error, Plan, Violations, page::Scope};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{Grpc, MOST_READERS, TEXT, caller, career_plans::readers, clear};
use crate::{
    journal::{self, Command, Journal, What},
    recorded::texts_of,
};

const SECTIONS: [JournalSection; 3] = [
    JournalSection::Notes,
    JournalSection::MentorDiscussions,
    JournalSection::Reflections,
];

#[tonic::async_trait]
impl JournalService for Grpc {
    async fn write_journal_entry(
        &self,
        request: Request<pb::WriteJournalEntryRequest>,
    ) -> Result<Response<pb::WriteJournalEntryResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = self.plan_journal_write(&call).await;
        self.commands.run(call, plan).await
    }

    async fn revise_journal_entry(
        &self,
        request: Request<pb::ReviseJournalEntryRequest>,
    ) -> Result<Response<pb::ReviseJournalEntryResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = self.plan_journal_revise(&call).await;
        self.commands.run(call, plan).await
    }

    async fn remove_journal_entry(
        &self,
        request: Request<pb::RemoveJournalEntryRequest>,
    ) -> Result<Response<pb::RemoveJournalEntryResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = self.plan_journal_remove(&call).await;
        self.commands.run(call, plan).await
    }

    async fn share_journal_section(
        &self,
        request: Request<pb::ShareJournalSectionRequest>,
    ) -> Result<Response<pb::ShareJournalSectionResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = self.plan_journal_share(&call).await;
        self.commands.run(call, plan).await
    }

    async fn unshare_journal_section(
        &self,
        request: Request<pb::UnshareJournalSectionRequest>,
    ) -> Result<Response<pb::UnshareJournalSectionResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = self.plan_journal_unshare(&call).await;
        self.commands.run(call, plan).await
    }

    async fn get_journal(
        &self,
        request: Request<pb::GetJournalRequest>,
    ) -> Result<Response<pb::GetJournalResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        let message = query.message;
        let mut violations = Violations::new();
        let person = violations.optional_id::<PersonId>("person_id", &message.person_id);
        let section = violations.optional_choice::<JournalSection>("section", message.section);
        let (person, section) = violations.all((person, section))?;
        let scope = Scope::of(
            "GetJournal",
            &query.actor.id.to_string(),
            &pb::GetJournalRequest {
                page_size: 0,
                page_token: String::new(),
                ..message.clone()
            },
        );
        let page = self
            .pager
            .page::<(NaiveDate, Uuid)>(&scope, message.page_size, &message.page_token)?;
        let person = match person {
            Some(person) => person,
            None => caller(&query.actor)?,
        };
        let own = query.actor.is(person) && query.actor.on_behalf_of.is_none();
        let loaded = self.commands.load::<Journal>(journal::id_of(person)).await?;
        let Some(mut loaded) = loaded else {
            return if own { Ok(empty(person)) } else { Err(hidden().into()) };
        };
        let gate = self.commands.gate();
        let mut readable = BTreeSet::new();
        for section in SECTIONS {
            let record = loaded.state.section_record(section);
            if gate.access().check(&query.actor, Action::Read, &record).permitted {
                readable.insert(section);
            }
        }
        if !own {
            let first = readable.first().ok_or_else(hidden)?;
            gate.authorise(&query.actor, Action::Read, &loaded.state.section_record(*first))
                .await?;
        }
        let wanted = |entry: &journal::Entry| {
            readable.contains(&entry.section)
                && section.is_none_or(|section| section == entry.section)
                && page.after.is_none_or(|after| (entry.on, entry.id) < after)
        };
        loaded.state.entries.retain(wanted);
        loaded
            .state
            .entries
            .sort_by_key(|entry| std::cmp::Reverse((entry.on, entry.id)));
        let next_page_token = self
            .pager
            .cut(&scope, &page, &mut loaded.state.entries, |entry| (entry.on, entry.id))?;
        let keys = self.commands.keys();
        keys.open(loaded.trust_id, &mut loaded.state)
            .await
            .map_err(Error::from)?;
        let entries = loaded.state.entries.iter().map(|entry| pb::JournalEntry {
            entry_id: entry.id.to_string(),
            section: entry.section.into(),
            on: entry.on.to_string(),
            text: clear(entry.text.as_ref()),
        });
        let shares = SECTIONS.into_iter().filter(|_| own).map(|section| pb::JournalShare {
            section: section.into(),
            with_ids: texts_of(loaded.state.readers(section)),
        });
        Ok(Response::new(pb::GetJournalResponse {
            person_id: person.to_string(),
            entries: entries.collect(),
            shares: shares.filter(|share| !share.with_ids.is_empty()).collect(),
            version: loaded.version.0,
            next_page_token,
        }))
    }
}

fn empty(person: PersonId) -> Response<pb::GetJournalResponse> {
    Response::new(pb::GetJournalResponse {
        person_id: person.to_string(),
        ..pb::GetJournalResponse::default()
    })
}

/// Says neither that there is a journal, nor that there is none.
fn hidden() -> Error {
    Error::permission_denied("a journal is its owner's: nothing of this one is shared with you")
}

impl Grpc {
    /// Of the caller's own journal.
    async fn own_journal<M>(&self, call: &Call<M>, what: What) -> Result<Plan, Error> {
        let person = self.person("person_id", caller(&call.actor)?).await?;
        let command = Command {
            person: person.id,
            trust: person.trust,
            what,
        };
        Ok(Plan::of::<Journal>(journal::id_of(person.id), command))
    }

    async fn plan_journal_write(&self, call: &Call<pb::WriteJournalEntryRequest>) -> Result<Plan, Error> {
        let message = &call.message;
        let mut violations = Violations::new();
        let entry = violations.optional_id::<Uuid>("entry_id", &message.entry_id);
        let section = violations.choice::<JournalSection>("section", message.section);
        let text = violations.text("text", &message.text, TEXT);
        let on = violations.optional_date("on", &message.on);
        let (entry, section, text, on) = violations.all((entry, section, text, on))?;
        let what = What::Write {
            entry: entry.unwrap_or_else(Uuid::now_v7),
            section,
            text,
            on: on.unwrap_or_else(|| call.today()),
        };
        self.own_journal(call, what).await
    }

    async fn plan_journal_revise(&self, call: &Call<pb::ReviseJournalEntryRequest>) -> Result<Plan, Error> {
        let mut violations = Violations::new();
        let entry = violations.id::<Uuid>("entry_id", &call.message.entry_id);
        let text = violations.text("text", &call.message.text, TEXT);
        let (entry, text) = violations.all((entry, text))?;
        self.own_journal(call, What::Revise { entry, text }).await
    }

    async fn plan_journal_remove(&self, call: &Call<pb::RemoveJournalEntryRequest>) -> Result<Plan, Error> {
        let mut violations = Violations::new();
        let entry = violations.id::<Uuid>("entry_id", &call.message.entry_id);
        let (entry,) = violations.all((entry,))?;
        self.own_journal(call, What::Remove { entry }).await
    }

    async fn plan_journal_share(&self, call: &Call<pb::ShareJournalSectionRequest>) -> Result<Plan, Error> {
        let mut violations = Violations::new();
        let section = violations.choice::<JournalSection>("section", call.message.section);
        let with = readers(&mut violations, &call.message.with_ids);
        let (section, with) = violations.all((section, with))?;
        let owner = self.person("person_id", caller(&call.actor)?).await?;
        self.colleagues("with_ids", &with, owner.trust, call.today()).await?;
        self.own_journal(call, What::Share { section, with }).await
    }

    async fn plan_journal_unshare(&self, call: &Call<pb::UnshareJournalSectionRequest>) -> Result<Plan, Error> {
        let mut violations = Violations::new();
        let section = violations.choice::<JournalSection>("section", call.message.section);
        let with = violations.ids::<PersonId>("with_ids", &call.message.with_ids, MOST_READERS);
        let (section, with) = violations.all((section, with))?;
        self.own_journal(call, What::Unshare { section, with }).await
    }
}
