//! A trust of the demo: who is made up, what they do together, and who goes at the end.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
};

use anyhow::Context as _;
use api::{
    appraisal::v1 as appraisal,
    common::v1::{CareerStage, RoleGroup},
    directory::v1 as directory,
    ids::derived,
    observations::v1 as observations,
};
use chrono::{Days, NaiveDate};
use futures::{TryStreamExt as _, stream};
use indicatif::ProgressBar;
use rand::{RngExt as _, SeedableRng as _, rngs::ChaCha8Rng};

use super::{
    CastMember, at,
    play::{Cycles, Player},
    staff::{self, Member, Part, School},
    words,
};
use crate::client::{Clients, Tokens};

/// Requests under way at once: enough for commits to be shared.
const AT_ONCE: usize = 96;

/// A trust with its made-up people.
pub(super) struct World {
    pub(super) trust: directory::Trust,
    pub(super) leader: Member,
    pub(super) hr: Member,
    pub(super) schools: Vec<School>,
}

impl World {
    pub(super) fn make_up(rng: &mut ChaCha8Rng, trust: directory::Trust, schools: &[directory::School]) -> Self {
        let central = |rng: &mut ChaCha8Rng, part: &str, job_title: &str| {
            let (given_name, family_name) = staff::name(rng);
            Member {
                id: derived("demo person", &format!("{}:{part}", trust.trust_id)),
                urn: String::new(),
                given_name,
                family_name,
                part: Part::Support,
                role_group: RoleGroup::Leadership,
                career_stage: CareerStage::Unspecified,
                job_title: job_title.to_owned(),
                fte_percent: 100,
                appraiser_id: None,
            }
        };
        let leader = central(rng, "leader", "Chief executive");
        let hr = central(rng, "hr", "Director of people");
        let pupils: Vec<f64> = schools
            .iter()
            .filter_map(|school| school.details.as_ref()?.pupils)
            .map(f64::from)
            .collect();
        let count = u32::try_from(pupils.len()).expect("fewer than four billion schools");
        let mean = if count == 0 {
            600.0
        } else {
            pupils.iter().sum::<f64>() / f64::from(count)
        };
        let schools = schools
            .iter()
            .map(|school| staff::school(rng, school, mean, leader.id))
            .collect();
        Self {
            trust,
            leader,
            hr,
            schools,
        }
    }

    pub(super) fn headcount(&self) -> usize {
        2 + self.schools.iter().map(|school| school.staff.len()).sum::<usize>()
    }

    /// Adds everybody, leaders before those whom they appraise, and grants what they answer for.
    pub(super) async fn employ(
        &self,
        clients: &Clients,
        tokens: &Tokens,
        operator: &str,
        commands: &AtomicU64,
        bar: &ProgressBar,
        first_year: i32,
    ) -> anyhow::Result<()> {
        let from = NaiveDate::from_ymd_opt(first_year, 9, 1).expect("a date");
        bar.set_message("Employing staff");
        bar.inc_length(u64::try_from(self.headcount())?);
        let all: Vec<&Member> = self.schools.iter().flat_map(|school| &school.staff).collect();
        let waves: [Vec<&Member>; 3] = [
            vec![&self.leader, &self.hr],
            all.iter().copied().filter(|member| member.part == Part::Head).collect(),
            all.iter()
                .copied()
                .filter(|member| matches!(member.part, Part::CpdLead | Part::Leader))
                .collect(),
        ];
        let rest: Vec<&Member> = all
            .iter()
            .copied()
            .filter(|member| matches!(member.part, Part::Teacher | Part::Support | Part::Governor))
            .collect();
        for wave in waves.iter().chain([&rest]) {
            stream::iter(wave.iter().map(Ok::<_, anyhow::Error>))
                .try_for_each_concurrent(AT_ONCE, |member| async move {
                    let add = tokens.request(operator, member.add(&self.trust.trust_id, from))?;
                    clients
                        .people
                        .clone()
                        .add_person(add)
                        .await
                        .with_context(|| format!("adding {}", member.name()))?;
                    commands.fetch_add(1, Ordering::Relaxed);
                    if let Some(grant) = self.grant(member, from) {
                        clients
                            .people
                            .clone()
                            .grant_role(tokens.request(operator, grant)?)
                            .await
                            .context("granting a role")?;
                        commands.fetch_add(1, Ordering::Relaxed);
                    }
                    bar.inc(1);
                    Ok(())
                })
                .await?;
        }
        Ok(())
    }

    fn grant(&self, member: &Member, from: NaiveDate) -> Option<directory::GrantRoleRequest> {
        let (role, scope) = if member.id == self.leader.id {
            (directory::Role::TrustLeader, self.everywhere())
        } else if member.id == self.hr.id {
            (directory::Role::TrustHr, self.everywhere())
        } else {
            (
                member.role()?,
                directory::RoleScope {
                    urn: member.urn.clone(),
                    ..Default::default()
                },
            )
        };
        Some(directory::GrantRoleRequest {
            request_id: derived("demo grant", &member.id.to_string()).to_string(),
            occurred_at: Some(at(from, 9)),
            person_id: member.id.to_string(),
            role: role.into(),
            scope: Some(scope),
            from_on: from.to_string(),
            ..Default::default()
        })
    }

    fn everywhere(&self) -> directory::RoleScope {
        directory::RoleScope {
            trust_id: self.trust.trust_id.clone(),
            ..Default::default()
        }
    }

    /// The people whom a visitor can be. The first trust's have short names.
    pub(super) fn cast(&self, first: bool) -> Vec<CastMember> {
        let school = &self.schools[0];
        let mut cast = vec![
            (&self.leader, "trust-leader", format!("leads {}", self.trust.name)),
            (
                &self.hr,
                "hr",
                format!("directs human resources at {}", self.trust.name),
            ),
        ];
        let parts = [
            (Part::Head, "head", "is the headteacher of"),
            (Part::CpdLead, "cpd-lead", "leads professional development at"),
            (Part::Leader, "leader", "leads a department at"),
            (Part::Teacher, "teacher", "teaches at"),
            (Part::Support, "support", "works at"),
            (Part::Governor, "governor", "is a governor of"),
        ];
        for (part, name, does) in parts {
            if let Some(member) = school.of(part).next() {
                cast.push((member, name, format!("{does} {}", school.name)));
            }
        }
        let named = |(member, part, what_they_do): (&Member, &str, String)| CastMember {
            part: if first {
                part.to_owned()
            } else {
                format!("{part}@{}", self.trust.name)
            },
            name: member.name(),
            person_id: member.id,
            what_they_do,
        };
        cast.into_iter().map(named).collect()
    }

    pub(super) async fn open_cycles(
        &self,
        clients: &Clients,
        tokens: &Tokens,
        years: &[i32],
    ) -> anyhow::Result<Cycles> {
        let mut cycles = Vec::new();
        for year in years {
            for population in [
                appraisal::Population::Teachers,
                appraisal::Population::SupportStaff,
                appraisal::Population::Leaders,
            ] {
                let message = appraisal::OpenCycleRequest {
                    request_id: derived("demo cycle", &format!("{}:{year}:{population:?}", self.trust.trust_id))
                        .to_string(),
                    occurred_at: Some(at(NaiveDate::from_ymd_opt(*year, 9, 1).expect("a date"), 9)),
                    trust_id: self.trust.trust_id.clone(),
                    year: *year,
                    population: population.into(),
                    ..Default::default()
                };
                let answer = clients
                    .cycles
                    .clone()
                    .open_cycle(tokens.request(self.hr.id, message)?)
                    .await
                    .context("opening an appraisal cycle")?;
                let id = answer.into_inner().recorded.unwrap_or_default().id.parse()?;
                cycles.push((*year, population, id));
            }
        }
        Ok(Cycles(cycles))
    }

    /// Everybody's years, many people at once.
    #[expect(clippy::too_many_arguments, reason = "all of it is the demo's setting")]
    pub(super) async fn live(
        &self,
        clients: &Clients,
        tokens: &Tokens,
        seed: u64,
        years: &[i32],
        cycles: &Cycles,
        commands: &AtomicU64,
        bar: &ProgressBar,
    ) -> anyhow::Result<()> {
        let people: Vec<(&School, &Member)> = self
            .schools
            .iter()
            .flat_map(|school| school.staff.iter().map(move |member| (school, member)))
            .filter(|(_, member)| member.part != Part::Governor)
            .collect();
        bar.set_position(0);
        bar.set_length(u64::try_from(people.len())?);
        bar.set_message(format!("Playing {} years", years.len()));
        stream::iter(people.into_iter().enumerate().map(Ok::<_, anyhow::Error>))
            .try_for_each_concurrent(AT_ONCE, |(index, (school, person))| async move {
                let own_seed = seed.wrapping_mul(1_000_003).wrapping_add(u64::try_from(index)?);
                let player = Player {
                    clients: clients.clone(),
                    tokens,
                    school,
                    person,
                    rng: ChaCha8Rng::seed_from_u64(own_seed),
                    commands,
                    asked: 0,
                };
                player.play(years, cycles).await?;
                bar.inc(1);
                Ok(())
            })
            .await?;
        self.walk(clients, tokens, years, commands).await
    }

    /// A learning walk a school and year.
    async fn walk(
        &self,
        clients: &Clients,
        tokens: &Tokens,
        years: &[i32],
        commands: &AtomicU64,
    ) -> anyhow::Result<()> {
        let walks = years.iter().flat_map(|year| {
            self.schools
                .iter()
                .enumerate()
                .map(move |(n, school)| (*year, n, school))
        });
        stream::iter(walks.map(Ok::<_, anyhow::Error>))
            .try_for_each_concurrent(AT_ONCE, |(year, number, school)| async move {
                let head = school.head().id;
                let focus = words::FOCUS_AREAS[number % words::FOCUS_AREAS.len()];
                let on = staff::weekday(NaiveDate::from_ymd_opt(year, 11, 12).expect("a date"));
                let id = derived("demo walk", &format!("{}:{year}", school.urn));
                let request_id = |step: &str| derived("demo walk", &format!("{id}:{step}")).to_string();
                let mut walks = clients.walks.clone();
                let plan = observations::PlanLearningWalkRequest {
                    request_id: request_id("plan"),
                    occurred_at: Some(at(on - Days::new(7), 9)),
                    learning_walk_id: id.to_string(),
                    urn: school.urn.clone(),
                    lead_id: head.to_string(),
                    on: on.to_string(),
                    theme: format!("How we use {} across the school", focus.replace('_', " ")),
                    enquiry_question: "Which pupils take part, and which do not?".into(),
                    focus_areas: vec![focus.to_owned()],
                    areas: vec!["Year 7".into(), "Year 8".into(), "Humanities".into()],
                    ..Default::default()
                };
                walks
                    .plan_learning_walk(tokens.request(head, plan)?)
                    .await
                    .context("planning a learning walk")?;
                for area in ["Year 7", "Year 8", "Humanities"] {
                    let visit = observations::RecordVisitRequest {
                        request_id: request_id(area),
                        occurred_at: Some(at(on, 11)),
                        learning_walk_id: id.to_string(),
                        area: area.into(),
                        minutes: 15,
                        note: "Calm start; pupils knew what to do; few were asked to explain.".into(),
                        focus_areas_seen: vec![focus.to_owned()],
                        ..Default::default()
                    };
                    walks
                        .record_visit(tokens.request(head, visit)?)
                        .await
                        .context("recording a visit")?;
                }
                let findings = observations::AgreeFindingsRequest {
                    request_id: request_id("findings"),
                    occurred_at: Some(at(on, 16)),
                    learning_walk_id: id.to_string(),
                    findings: "Routines are secure everywhere; explaining is left to the same few pupils.".into(),
                    needs: vec![focus.to_owned()],
                    ..Default::default()
                };
                walks
                    .agree_findings(tokens.request(head, findings)?)
                    .await
                    .context("agreeing findings")?;
                commands.fetch_add(5, Ordering::Relaxed);
                Ok(())
            })
            .await
    }

    /// At the end some leave, move or begin long leave, so that what they owed is handed over or paused.
    pub(super) async fn move_on(
        &self,
        clients: &Clients,
        tokens: &Tokens,
        operator: &str,
        years: &[i32],
        commands: &AtomicU64,
        at_least: &mut BTreeMap<String, i64>,
    ) -> anyhow::Result<()> {
        let mut rng = ChaCha8Rng::seed_from_u64(derived("moves", &self.trust.trust_id).as_u64_pair().0);
        let last = NaiveDate::from_ymd_opt(years.last().copied().unwrap_or_default() + 1, 8, 31).expect("a date");
        for school in &self.schools {
            for member in school
                .staff
                .iter()
                .filter(|member| matches!(member.part, Part::Teacher | Part::Leader))
                .skip(2)
            {
                let request_id = derived("demo move", &member.id.to_string()).to_string();
                let mut people = clients.people.clone();
                let recorded = match rng.random_range(0..100) {
                    0..4 => {
                        let end = directory::EndEmploymentRequest {
                            request_id,
                            occurred_at: Some(at(last, 9)),
                            person_id: member.id.to_string(),
                            employment_id: derived("demo employment", &member.id.to_string()).to_string(),
                            on: last.to_string(),
                            reason: directory::EmploymentEnd::Resigned.into(),
                            ..Default::default()
                        };
                        people
                            .end_employment(tokens.request(operator, end)?)
                            .await?
                            .into_inner()
                            .recorded
                    }
                    4..6 => {
                        let from = last - Days::new(60);
                        let leave = directory::StartLongLeaveRequest {
                            request_id,
                            occurred_at: Some(at(from, 9)),
                            person_id: member.id.to_string(),
                            kind: directory::LeaveKind::Maternity.into(),
                            from_on: from.to_string(),
                            ..Default::default()
                        };
                        people
                            .start_long_leave(tokens.request(operator, leave)?)
                            .await?
                            .into_inner()
                            .recorded
                    }
                    _ => None,
                };
                if let Some(recorded) = recorded {
                    commands.fetch_add(1, Ordering::Relaxed);
                    at_least.insert(recorded.source, recorded.position);
                }
            }
        }
        Ok(())
    }
}
