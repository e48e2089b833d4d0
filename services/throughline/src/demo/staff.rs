//! Made-up staff for real schools: who works where, in which role, appraised by whom.
//!
//! About the real staffing of England: 23 teachers and 32 support staff a school on average (School Workforce in
//! England, November 2024), scaled by the number of pupils. Nobody here exists.

use api::{
    common::v1::{CareerStage, RoleGroup},
    directory::v1 as directory,
    ids::derived,
};
use chrono::{Datelike as _, NaiveDate};
use rand::{RngExt as _, rngs::ChaCha8Rng, seq::IndexedRandom as _};
use uuid::Uuid;

const TEACHERS_PER_SCHOOL: f64 = 23.0;
const SUPPORT_STAFF_PER_SCHOOL: f64 = 32.0;

const GIVEN: &str = "Aaliyah Adam Agnes Aisha Alan Alice Amara Amina Andrew Angela Anil Anjali Anna Arthur Asha Ben Beth \
    Bilal Bridget Callum Carys Cedric Charlotte Chidi Chloe Claire Colin Daniel David Dev Diane Dominic Edith Eleanor Elin \
    Emeka Emma Esther Farah Fatima Femi Fiona Frances Gareth George Grace Gwen Hana Harriet Harvey Helen Hugh Ibrahim Imani \
    Imran Ines Isaac Isla Jack James Jasmine Jaspreet Joan Joel Josephine Julia Kamal Karen Kate Keir Kiran Kwame Lauren \
    Leah Leila Leon Liam Lucy Luke Maeve Malik Margaret Maria Marcus Mei Megan Michael Miriam Mohammed Nadia Naomi Neil \
    Nia Nikhil Noor Oliver Olu Owen Patrick Paul Peter Priya Rachel Rashid Rebecca Rhys Robert Rosa Rowan Ruth Sadia Sam \
    Samira Sanjay Sarah Sean Shanice Simon Siobhan Sofia Sunita Tariq Tess Thomas Tim Tomasz Uma Victoria Wei William \
    Winston Yasmin Yusuf Zainab Zoe";

const FAMILY: &str = "Abbott Adeyemi Ahmed Akhtar Ali Allen Anderson Asante Bailey Baker Banerjee Barnes Begum Bennett \
    Bhatt Booth Bradley Brooks Brown Butler Campbell Carter Chan Chowdhury Clarke Cole Collins Cooper Cox Davies Dawson Desai \
    Dhillon Dixon Doyle Edwards Ellis Evans Fernandes Fisher Fletcher Foster Gill Graham Grant Green Griffiths Gupta Hall \
    Hamilton Harris Harvey Hassan Hill Holmes Hughes Hunt Hussain Iqbal Jackson James Jenkins Johnson Jones Kaur Kelly Khan \
    King Knight Kowalski Kumar Lambert Lee Lewis Lloyd Malik Marsh Marshall Mason Mensah Mills Mistry Moore Morgan Morris \
    Murphy Murray Nowak Obi Okafor Okonkwo Owen Palmer Parker Patel Pearce Perry Phillips Powell Price Qureshi Rahman Reid \
    Reynolds Richards Roberts Robinson Rogers Rose Russell Saunders Scott Shah Sharma Shaw Simpson Singh Smith Stevens \
    Stewart Taylor Thomas Thompson Turner Walker Walsh Ward Watson Webb White Williams Wilson Wong Wood Wright Young Zhang";

pub(crate) const SUBJECTS: [&str; 12] = [
    "English",
    "mathematics",
    "science",
    "history",
    "geography",
    "French",
    "Spanish",
    "art",
    "music",
    "computing",
    "design and technology",
    "physical education",
];

pub(crate) const SUPPORT_JOBS: [&str; 8] = [
    "Administrator",
    "Site manager",
    "Lunchtime supervisor",
    "Librarian",
    "Technician",
    "Pastoral officer",
    "Attendance officer",
    "Catering assistant",
];

/// What somebody answers for, as the demo casts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Head,
    CpdLead,
    Leader,
    Teacher,
    Support,
    Governor,
}

/// A made-up member of staff.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) id: Uuid,
    pub(super) urn: String,
    pub(super) given_name: String,
    pub(super) family_name: String,
    pub(super) part: Part,
    pub(super) role_group: RoleGroup,
    pub(super) career_stage: CareerStage,
    pub(super) job_title: String,
    pub(super) fte_percent: i32,
    pub(super) appraiser_id: Option<Uuid>,
}

impl Member {
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.given_name, self.family_name)
    }

    /// The command that makes them known.
    pub(super) fn add(&self, trust_id: &str, from: NaiveDate) -> directory::AddPersonRequest {
        directory::AddPersonRequest {
            request_id: derived("demo add", &self.id.to_string()).to_string(),
            occurred_at: Some(super::at(from, 8)),
            person_id: self.id.to_string(),
            trust_id: trust_id.to_owned(),
            given_name: self.given_name.clone(),
            family_name: self.family_name.clone(),
            career_stage: self.career_stage.into(),
            employment: Some(directory::Employment {
                employment_id: derived("demo employment", &self.id.to_string()).to_string(),
                urn: self.urn.clone(),
                role_group: self.role_group.into(),
                job_title: self.job_title.clone(),
                fte_percent: self.fte_percent,
                from_on: from.to_string(),
            }),
            appraiser_id: self.appraiser_id.map(|id| id.to_string()).unwrap_or_default(),
            line_manager_id: self.appraiser_id.map(|id| id.to_string()).unwrap_or_default(),
            ..Default::default()
        }
    }

    /// What they answer for beyond their own work.
    pub(super) fn role(&self) -> Option<directory::Role> {
        match self.part {
            Part::Head => Some(directory::Role::Head),
            Part::CpdLead => Some(directory::Role::CpdLead),
            Part::Leader => Some(directory::Role::SchoolLeader),
            Part::Governor => Some(directory::Role::Governor),
            Part::Teacher | Part::Support => None,
        }
    }
}

/// A school of the demo and everybody who works there, leaders first.
#[derive(Clone, Debug)]
pub(super) struct School {
    pub(super) urn: String,
    pub(super) name: String,
    pub(super) staff: Vec<Member>,
    /// How well agreed things are followed through here, 0 to 1.
    pub(super) follow_through: f64,
}

impl School {
    pub(super) fn of(&self, part: Part) -> impl Iterator<Item = &Member> {
        self.staff.iter().filter(move |member| member.part == part)
    }

    pub(super) fn head(&self) -> &Member {
        self.of(Part::Head).next().expect("every school has a head")
    }

    /// Who may observe and appraise: everybody who leads.
    pub(super) fn leaders(&self) -> Vec<&Member> {
        self.staff
            .iter()
            .filter(|member| matches!(member.part, Part::Head | Part::CpdLead | Part::Leader))
            .collect()
    }
}

/// Staffs a school in proportion to its pupils.
pub(super) fn school(
    rng: &mut ChaCha8Rng,
    imported: &directory::School,
    mean_pupils: f64,
    head_appraiser: Uuid,
) -> School {
    let details = imported.details.clone().unwrap_or_default();
    let pupils = details.pupils.map_or(mean_pupils, f64::from);
    let scale = (pupils / mean_pupils).clamp(0.15, 4.0);
    let teachers = whole(TEACHERS_PER_SCHOOL * scale).max(5);
    let support = whole(SUPPORT_STAFF_PER_SCHOOL * scale).max(4);
    let leaders = (teachers / 7).clamp(2, 12);

    let mut staff: Vec<Member> = Vec::with_capacity(teachers + support + 1);
    for index in 0..teachers + support + 1 {
        let part = match index {
            0 => Part::Head,
            1 => Part::CpdLead,
            _ if index < leaders => Part::Leader,
            _ if index < teachers => Part::Teacher,
            _ if index < teachers + support => Part::Support,
            _ => Part::Governor,
        };
        let appraiser_id = match part {
            Part::Head => Some(head_appraiser),
            Part::CpdLead | Part::Leader => Some(staff[0].id),
            Part::Teacher | Part::Support => Some(staff[rng.random_range(0..leaders)].id),
            Part::Governor => None,
        };
        staff.push(member(rng, &imported.urn, index, part, appraiser_id));
    }
    School {
        urn: imported.urn.clone(),
        name: details.name,
        staff,
        follow_through: rng.random_range(0.3..0.95),
    }
}

fn member(rng: &mut ChaCha8Rng, urn: &str, index: usize, part: Part, appraiser_id: Option<Uuid>) -> Member {
    let (given_name, family_name) = name(rng);
    let subject = SUBJECTS.choose(rng).copied().unwrap_or_default();
    let (role_group, career_stage, job_title) = match part {
        Part::Head => (
            RoleGroup::Leadership,
            CareerStage::SeniorLeader,
            "Headteacher".to_owned(),
        ),
        Part::CpdLead => (
            RoleGroup::Leadership,
            CareerStage::SeniorLeader,
            "Deputy headteacher, professional development".to_owned(),
        ),
        Part::Leader => (
            RoleGroup::Leadership,
            CareerStage::MiddleLeader,
            format!("Head of {subject}"),
        ),
        Part::Teacher => match rng.random_range(0..10) {
            0 => (
                RoleGroup::EarlyCareerTeacher,
                CareerStage::EctYear1,
                format!("Teacher of {subject}"),
            ),
            1 => (
                RoleGroup::EarlyCareerTeacher,
                CareerStage::EctYear2,
                format!("Teacher of {subject}"),
            ),
            2..=5 => (
                RoleGroup::ClassroomTeacher,
                CareerStage::Developing,
                format!("Teacher of {subject}"),
            ),
            _ => (
                RoleGroup::ClassroomTeacher,
                CareerStage::Experienced,
                format!("Teacher of {subject}"),
            ),
        },
        Part::Support if rng.random_bool(0.55) => (
            RoleGroup::TeachingAssistant,
            CareerStage::Unspecified,
            "Teaching assistant".to_owned(),
        ),
        Part::Support => (
            RoleGroup::OtherSupport,
            CareerStage::Unspecified,
            SUPPORT_JOBS.choose(rng).copied().unwrap_or_default().to_owned(),
        ),
        Part::Governor => (RoleGroup::Governor, CareerStage::Unspecified, "Governor".to_owned()),
    };
    let fte_percent = match part {
        Part::Teacher if rng.random_bool(0.2) => [40, 50, 60, 80].choose(rng).copied().unwrap_or(60),
        Part::Support if rng.random_bool(0.6) => [40, 50, 60, 75].choose(rng).copied().unwrap_or(50),
        Part::Governor => 1,
        _ => 100,
    };
    Member {
        id: derived("demo person", &format!("{urn}:{index}")),
        urn: urn.to_owned(),
        given_name,
        family_name,
        part,
        role_group,
        career_stage,
        job_title,
        fte_percent,
        appraiser_id,
    }
}

/// A given and a family name.
pub(crate) fn name(rng: &mut ChaCha8Rng) -> (String, String) {
    let one_of = |rng: &mut ChaCha8Rng, names: &'static str| {
        let names: Vec<_> = names.split_whitespace().collect();
        names.choose(rng).copied().unwrap_or_default().to_owned()
    };
    (one_of(rng, GIVEN), one_of(rng, FAMILY))
}

/// A school day on or after a date.
pub(crate) fn weekday(date: NaiveDate) -> NaiveDate {
    match date.weekday() {
        chrono::Weekday::Sat => date + chrono::Days::new(2),
        chrono::Weekday::Sun => date + chrono::Days::new(1),
        _ => date,
    }
}

fn whole(number: f64) -> usize {
    // At most a few hundred people work in a school.
    (0..10_000)
        .take_while(|count| f64::from(*count) + 0.5 <= number)
        .count()
}
