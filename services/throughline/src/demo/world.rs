//! A trust of the demo: who is made up, what they do together, and who goes at the end.

use std::collections::BTreeSet;

use anyhow::Context as _;
use api::{
    appraisal::v1 as appraisal,
    common::v1::{CareerStage, RoleGroup},
    directory::v1 as directory,
    ids::derived,
};
use chrono::{Days, NaiveDate};
use futures::{TryStreamExt as _, stream};
use indicatif::ProgressBar;
use rand::{RngExt as _, SeedableRng as _, rngs::ChaCha8Rng};
use uuid::Uuid;

use super::{
    CastMember, at,
    hand::{Hand, Stage, ask, patiently},
    play::{Cycles, Player},
    season::AT_ONCE,
    staff::{self, Member, Part, School},
};

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
    pub(super) async fn employ(&self, stage: &Stage, bar: &ProgressBar, first_year: i32) -> anyhow::Result<()> {
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
                    let people = &stage.clients.people;
                    let add = member.add(&self.trust.trust_id, from);
                    let added = patiently(async || {
                        let add = stage.signed(&stage.operator, add.clone())?;
                        people.clone().add_person(add).await
                    })
                    .await
                    .with_context(|| format!("adding {}", member.name()))?;
                    stage.took(&added.into_inner().recorded.unwrap_or_default());
                    if let Some(grant) = self.grant(member, from) {
                        let granted = patiently(async || {
                            let grant = stage.signed(&stage.operator, grant.clone())?;
                            people.clone().grant_role(grant).await
                        })
                        .await
                        .context("granting a role")?;
                        stage.took(&granted.into_inner().recorded.unwrap_or_default());
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
        if let Some(other) = self.schools.get(1) {
            cast.push((
                other.head(),
                "other-head",
                format!("is the headteacher of {}", other.name),
            ));
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

    pub(super) async fn open_cycles(&self, stage: &Stage, year: i32) -> anyhow::Result<Cycles> {
        let mut cycles = Vec::new();
        for population in [
            appraisal::Population::Teachers,
            appraisal::Population::SupportStaff,
            appraisal::Population::Leaders,
        ] {
            let message = appraisal::OpenCycleRequest {
                request_id: derived("demo cycle", &format!("{}:{year}:{population:?}", self.trust.trust_id))
                    .to_string(),
                occurred_at: Some(at(NaiveDate::from_ymd_opt(year, 9, 1).expect("a date"), 9)),
                trust_id: self.trust.trust_id.clone(),
                year,
                population: population.into(),
                ..Default::default()
            };
            let answer = stage
                .clients
                .cycles
                .clone()
                .open_cycle(stage.tokens.request(self.hr.id, message)?)
                .await
                .context("opening an appraisal cycle")?;
            let recorded = answer.into_inner().recorded.unwrap_or_default();
            stage.took(&recorded);
            cycles.push((year, population, recorded.id.parse()?));
        }
        Ok(Cycles(cycles))
    }

    /// Everybody who plays their years, with a chance of their own.
    pub(super) fn players<'a>(&'a self, stage: &'a Stage, seed: u64) -> Vec<Player<'a>> {
        self.schools
            .iter()
            .flat_map(|school| school.staff.iter().map(move |member| (school, member)))
            .filter(|(_, member)| member.part != Part::Governor)
            .zip(0_u64..)
            .map(|((school, member), index)| {
                let own_seed = seed.wrapping_mul(1_000_003).wrapping_add(index);
                Player::new(stage, own_seed, school, member)
            })
            .collect()
    }

    /// At the end some leave, move or begin long leave, so that what they owed is handed over or paused.
    /// Says who is not there this autumn.
    pub(super) async fn move_on(&self, stage: &Stage, last_year: i32) -> anyhow::Result<BTreeSet<Uuid>> {
        let mut gone = BTreeSet::new();
        let mut rng = ChaCha8Rng::seed_from_u64(derived("moves", &self.trust.trust_id).as_u64_pair().0);
        let last = NaiveDate::from_ymd_opt(last_year + 1, 8, 31).expect("a date");
        for school in &self.schools {
            for member in school
                .staff
                .iter()
                .filter(|member| matches!(member.part, Part::Teacher | Part::Leader))
                .skip(2)
            {
                let mut moving = Moving {
                    hand: Hand::of(stage, format!("moves:{}", member.id)),
                };
                let chance = rng.random_range(0..100);
                if chance < 6 {
                    gone.insert(member.id);
                }
                match chance {
                    0..4 => {
                        ask!(
                            moving,
                            people.end_employment,
                            &stage.operator,
                            last,
                            directory::EndEmploymentRequest {
                                person_id: member.id.to_string(),
                                employment_id: derived("demo employment", &member.id.to_string()).to_string(),
                                on: last.to_string(),
                                reason: directory::EmploymentEnd::Resigned.into(),
                            }
                        )?;
                    }
                    4..6 => {
                        let from = last - Days::new(60);
                        ask!(
                            moving,
                            people.start_long_leave,
                            &stage.operator,
                            from,
                            directory::StartLongLeaveRequest {
                                person_id: member.id.to_string(),
                                kind: directory::LeaveKind::Maternity.into(),
                                from_on: from.to_string(),
                            }
                        )?;
                    }
                    _ => {}
                }
            }
        }
        Ok(gone)
    }
}

struct Moving<'a> {
    hand: Hand<'a>,
}
