//! Workload: what the processes ask of people, and what joining them up spares.
//!
//! Every event was recorded by somebody, or by the product itself. The table of [`kinds`] says what that asked: a line
//! typed, a form, a meeting; or an entry that nobody had to make. People are counted where they work on the last day of the
//! year, or today. What few people did is withheld from everybody, leaders included: this is about processes, not persons.

pub(crate) mod counts;
mod kinds;
mod tally;

use std::collections::BTreeMap;

use api::{
    common::v1::RoleGroup,
    ids::{PersonId, TrustId},
    projection::v1::{GetWorkloadReportRequest, GetWorkloadReportResponse, WorkloadLine, WorkloadReport},
};
use chrono::NaiveDate;
use disclosure::Rule;
use identity::{Actor, roster::Register};
use service::Error;
use uuid::Uuid;

use self::{
    kinds::By,
    tally::{Part, Tally},
};
use crate::{compact, figures, link_report::Scope, views::Views};

const DEFINITION: &str = "Events of the academic year by what they asked of whoever recorded them: a line typed, a form filled \
     in, a meeting held and noted. Saved are entries that follow from what was recorded elsewhere, so that nobody made them. \
     People are counted at their main post on the year's last day or today; entries for somebody else count for whoever typed.";

impl Views {
    /// Shows entries typed, forms and meetings, and the entries that nobody had to make.
    pub(crate) async fn get_workload_report(
        &self,
        actor: &Actor,
        request: GetWorkloadReportRequest,
    ) -> Result<GetWorkloadReportResponse, Error> {
        let scope = Scope::parse(&request.trust_id, &request.urn, request.cycle, 0, "", 0)?;
        self.authorise_counts(actor, scope.trust, scope.urn).await?;
        self.reach(&request.at_least).await?;
        let completeness = self.completeness(scope.trust.into());
        let today = identity::context::today();
        let day = today.min(scope.until.pred_opt().unwrap_or(scope.until));
        let staff = self.roster(|register| Staff::of(register, scope.trust, day));
        let mut tally = Tally::default();
        for spot in staff.people.values() {
            tally.take_staff(*spot);
        }
        let mut tx = self.read(scope.trust.into()).await?;
        counts::each(&mut tx, scope.trust.into(), scope.cycle, |actor, counts| {
            for count in &counts.kinds {
                let by = match staff.people.get(&actor) {
                    Some(_) => By::Person,
                    None if staff.unplaced(self, actor) => By::Person,
                    None if count.source == "directory" => By::Import,
                    None => By::System,
                };
                if let Some(entry) = kinds::entry(&count.kind, by) {
                    let spot = staff.people.get(&actor).copied().unwrap_or_default();
                    tally.take(actor, spot, entry, count);
                }
            }
        })
        .await?;
        drop(tx);
        let threshold = self
            .gate
            .roster()
            .policy_at(scope.trust, scope.urn, today)
            .suppression_threshold;
        let released = tally.release(Rule::below(threshold));
        let line = |part: Part| WorkloadLine {
            school_name: match part {
                Part::School(urn) => self.school_name(urn),
                _ => String::new(),
            },
            ..released.line(part)
        };
        let wanted = |part: &Part| match (scope.urn, part) {
            (None, _) => true,
            (Some(urn), Part::School(school)) => *school == urn.number(),
            // Groups and processes are those of the whole trust.
            (Some(_), Part::RoleGroup(_)) => false,
            (Some(_), Part::Whole) => true,
        };
        let mut schools: Vec<WorkloadLine> = released.schools().filter(wanted).map(line).collect();
        schools.sort_by(|a, b| (&a.school_name, &a.urn).cmp(&(&b.school_name, &b.urn)));
        let report = WorkloadReport {
            trust_id: scope.trust.to_string(),
            urn: scope.urn.map(|urn| urn.to_string()).unwrap_or_default(),
            cycle: scope.cycle,
            whole: Some(line(Part::Whole)),
            schools,
            role_groups: released.role_groups().filter(wanted).map(line).collect(),
            processes: tally.processes(Rule::below(threshold)),
            threshold: i32::try_from(threshold).unwrap_or(i32::MAX),
            symbols: figures::symbols(),
            definition: DEFINITION.to_owned(),
            definition_version: definition_version(),
        };
        Ok(GetWorkloadReportResponse {
            report: Some(report),
            completeness,
        })
    }
}

fn definition_version() -> String {
    let sentences: Vec<&str> = std::iter::once(DEFINITION).chain(kinds::table()).collect();
    figures::version_of("1", &sentences)
}

/// Where somebody works, and as what; the default is the central team, unspecified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spot {
    urn: u32,
    role_group: RoleGroup,
}

/// The people of a trust and where they work on a day.
struct Staff {
    people: BTreeMap<Uuid, Spot>,
}

impl Staff {
    fn of(register: &Register, trust: TrustId, day: NaiveDate) -> Self {
        let spot = |person: &identity::roster::Person| {
            let post = person.main_post(day)?;
            let spot = Spot {
                urn: post.school.map_or(0, |urn| urn.number()),
                role_group: post.role_group,
            };
            Some((person.id.0, spot))
        };
        Self {
            people: register.people_of(trust).filter_map(spot).collect(),
        }
    }

    /// Whether that is a person all the same: one without a post on that day.
    fn unplaced(&self, views: &Views, actor: Uuid) -> bool {
        views.roster(|register| register.person(PersonId(actor)).is_some())
    }
}

impl Part {
    fn labelled(self) -> WorkloadLine {
        let mut line = WorkloadLine::default();
        match self {
            Self::Whole => {}
            Self::School(urn) => line.urn = compact::urn_text(urn),
            Self::RoleGroup(group) => line.role_group = group,
        }
        line
    }
}

crate::grpc::queries! { api::projection::v1::workload_service_server::WorkloadService:
    get_workload_report(GetWorkloadReportRequest) -> GetWorkloadReportResponse;
}
