//! What participants say, what was seen in practice since, and what a school measures for itself.

use api::{
    catalogue::v1::HoursCredited,
    common::v1::Purpose,
    evaluation::v1::{CostKind, FeedbackLevel, FeedbackWave, MetricDirection, MetricPeriod},
    ids::{ActivityId, CostId, FeedbackId, PersonId},
};
use chrono::NaiveDate;
use evaluation_service::{
    feedback::{self, Command, Feedback, Participation, Sighting, may_fill},
    metric::{self, Metric},
    score::Score,
    spending::{self, Ask, Cost, Spending},
};
use rand::RngExt as _;
use service::recorded;
use uuid::Uuid;

use super::{
    school::{School, day},
    scribe::{Cause, Stream, Told},
};

/// What schools watch besides, and where they begin.
const METRICS: [(&str, &str, f64); 3] = [
    ("Attendance", "percent", 92.0),
    ("Pupils who say that lessons are calm", "percent", 71.0),
    ("Teachers who stay", "percent", 84.0),
];

impl School {
    /// Whoever was credited hours is asked what they made of it, once a year for each activity.
    pub(super) fn ask_for_feedback(&mut self, who: usize, hours: HoursCredited, cause: Cause) -> anyhow::Result<()> {
        let purpose = hours.purpose();
        let Ok(activity) = hours.activity_id.parse::<ActivityId>() else {
            return Ok(());
        };
        if purpose == Purpose::Statutory || !self.is_at_work(who) {
            return Ok(());
        }
        let on = self.scribe.today();
        let id: FeedbackId = feedback::id_of(self.id_of(who), activity, on);
        if self.people[who].feedback.iter().any(|known| known.id == id.0) {
            return Ok(());
        }
        let participation = Participation {
            activity,
            trust: self.trust.id,
            urn: Some(self.place.urn),
            role_group: hours.role_group(),
            person: self.id_of(who),
            on: recorded::date(&hours.on),
            purpose,
            session: hours.session_id,
            focus_areas: hours.focus_areas,
            follow_ups: hours.follow_up_ids,
        };
        let mut stream = Stream::<Feedback>::new(id);
        let ask = Command::Ask { participation, on };
        let told = self.scribe.react(&mut stream, cause, "ask", ask)?;
        self.people[who].feedback.push(stream);
        self.after_asking(who, id.0, told)
    }

    /// What was asked is answered, or expires; and later leads on.
    fn after_asking(&mut self, who: usize, id: Uuid, told: Told) -> anyhow::Result<()> {
        let Some((index, open)) = self.feedback(who, id).and_then(|stream| {
            let open = stream.state.open()?;
            Some((told.events.len().saturating_sub(1), open.clone()))
        }) else {
            return Ok(());
        };
        let expires_on = open.due_on.succ_opt().unwrap_or(open.due_on);
        self.scribe.hold::<Feedback>(vec![(index, expires_on)]);
        let on = self.scribe.today();
        if self.likely(0.6) {
            let on = self.after(on, 1..15).min(open.due_on);
            self.some_time(on, move |school| school.give(who, id));
        }
        let cause = told.last();
        self.put(expires_on, 3, 0, move |school| school.expire(who, id, open.wave, cause));
        Ok(())
    }

    fn feedback(&mut self, who: usize, id: Uuid) -> Option<&mut Stream<Feedback>> {
        self.people[who].feedback.iter_mut().find(|known| known.id == id)
    }

    fn give(&mut self, who: usize, id: Uuid) -> anyhow::Result<()> {
        let (by, on) = (self.actor(who), self.scribe.today());
        let liking = self.follow_through;
        let open = self.feedback(who, id).and_then(|stream| stream.state.open().cloned());
        let Some(open) = open.filter(|open| on <= open.due_on) else {
            return Ok(());
        };
        if !self.is_at_work(who) {
            return Ok(());
        }
        let mut scores: Vec<(FeedbackLevel, Score)> = Vec::new();
        for level in &open.levels {
            let good = self.likely((liking + 0.2).min(0.95));
            let score = self.scribe.rng.random_range(if good { 3..=5 } else { 1..=4 });
            scores.extend(Score::new(score).map(|score| (*level, score)));
        }
        let people = &mut self.people[who];
        let Some(stream) = people.feedback.iter_mut().find(|known| known.id == id) else {
            return Ok(());
        };
        let told = self.scribe.tell(stream, by, Command::Give { scores, on })?;
        self.lead_on(who, id, open.wave, told.last())
    }

    fn expire(&mut self, who: usize, id: Uuid, wave: FeedbackWave, cause: Cause) -> anyhow::Result<()> {
        let on = self.scribe.today();
        let people = &mut self.people[who];
        let Some(stream) = people.feedback.iter_mut().find(|known| known.id == id) else {
            return Ok(());
        };
        let waits = stream
            .state
            .open()
            .is_some_and(|open| open.wave == wave && open.due_on < on);
        if !waits {
            return Ok(());
        }
        let told = self.scribe.react(stream, cause, "pass", Command::Expire { on })?;
        self.lead_on(who, id, wave, told.last())
    }

    /// They are asked about use in practice after some weeks, and again after half a year.
    fn lead_on(&mut self, who: usize, id: Uuid, wave: FeedbackWave, cause: Cause) -> anyhow::Result<()> {
        let next = match wave {
            FeedbackWave::First => FeedbackWave::Weeks,
            FeedbackWave::Weeks => FeedbackWave::HalfYear,
            FeedbackWave::HalfYear | FeedbackWave::Unspecified => return Ok(()),
        };
        if let Some(on) = self.asked_again_on(who, id, next) {
            self.scribe.hold::<Feedback>(vec![(0, on)]);
        }
        self.plan_asking(who, id, next, cause)
    }

    fn asked_again_on(&mut self, who: usize, id: Uuid, wave: FeedbackWave) -> Option<NaiveDate> {
        let policy = self.scribe.policy();
        let stream = self.feedback(who, id)?;
        Some(stream.state.asked_again_on(wave, &policy))
    }

    fn plan_asking(&mut self, who: usize, id: Uuid, wave: FeedbackWave, cause: Cause) -> anyhow::Result<()> {
        if let Some(on) = self.asked_again_on(who, id, wave) {
            let on = on.max(self.scribe.today());
            self.put(on, 3, 30, move |school| school.ask_again(who, id, wave, cause));
        }
        Ok(())
    }

    fn ask_again(&mut self, who: usize, id: Uuid, wave: FeedbackWave, cause: Cause) -> anyhow::Result<()> {
        let on = self.scribe.today();
        if !self.is_at_work(who) {
            return Ok(());
        }
        let people = &mut self.people[who];
        let Some(stream) = people.feedback.iter_mut().find(|known| known.id == id) else {
            return Ok(());
        };
        let told = self
            .scribe
            .react(stream, cause, "pass", Command::AskAgain { wave, on })?;
        match (told.events.is_empty(), wave) {
            (false, _) => self.after_asking(who, id, told),
            // What was seen meanwhile spared them the question, not the one after half a year.
            (true, FeedbackWave::Weeks) => self.plan_asking(who, id, FeedbackWave::HalfYear, cause),
            (true, _) => Ok(()),
        }
    }

    /// Use in practice is filled from a later observation of the same focus.
    pub(super) fn see_in_practice(&mut self, who: usize, sighting: &Sighting, cause: Cause) -> anyhow::Result<()> {
        let people = &mut self.people[who];
        for stream in &mut people.feedback {
            let asked = stream.state.asked.as_ref();
            let of_it =
                asked.is_some_and(|asked| sighting.focus_areas.iter().any(|area| asked.focus_areas.contains(area)));
            let may = may_fill(sighting.purpose, stream.state.purpose) && stream.state.developed_on <= sighting.on;
            if of_it && may {
                let (id, follow_up, observation) = (FeedbackId(stream.id), sighting.follow_up, sighting.observation);
                let what = format!("observe {id} {follow_up} {observation}");
                let told = self
                    .scribe
                    .react(stream, cause, &what, Command::Observe(sighting.clone()))?;
                if !told.events.is_empty() {
                    let on = stream
                        .state
                        .asked_again_on(FeedbackWave::HalfYear, &self.scribe.policy());
                    self.scribe.hold::<Feedback>(vec![(0, on)]);
                }
            }
        }
        Ok(())
    }

    /// What the school watches for itself, and what courses cost the trust.
    pub(super) fn plan_measures(&mut self, year: i32) {
        self.put(day(year, 7, 8), 10, 0, move |school| school.measure(year));
    }

    fn measure(&mut self, year: i32) -> anyhow::Result<()> {
        let years = f64::from(year - self.trust.first_year);
        let head = self.head();
        for (title, unit, start) in METRICS {
            let mut stream = self.metric(title);
            let define = metric::Command::Define(metric::Define {
                trust: self.trust.id,
                urn: Some(self.place.urn),
                title: title.to_owned(),
                unit: unit.to_owned(),
                direction: MetricDirection::Higher,
                period: MetricPeriod::Year,
                priority: None,
            });
            if stream.state.defined.is_none() {
                self.scribe.tell(&mut stream, head.clone(), define)?;
            }
            let period = year.to_string();
            let value = start + years;
            let target = metric::Command::SetTarget {
                period: period.clone(),
                value,
            };
            self.scribe.tell(&mut stream, head.clone(), target)?;
            let noise: f64 = self.scribe.rng.random_range(-1.0..1.0);
            let value = start + years * (self.follow_through - 0.4) * 3.0 + noise;
            let value = (value * 10.0).round() / 10.0;
            self.scribe
                .tell(&mut stream, head.clone(), metric::Command::Report { period, value })?;
            self.metrics.push(stream);
        }
        self.spend(year)
    }

    fn metric(&mut self, title: &str) -> Stream<Metric> {
        let titled = |stream: &Stream<Metric>| {
            let defined = stream.state.defined.as_ref();
            defined.is_some_and(|defined| defined.title == title)
        };
        match self.metrics.iter().position(titled) {
            Some(index) => self.metrics.swap_remove(index),
            None => Stream::new(self.scribe.id::<Uuid>()),
        }
    }

    /// The first school says it for its trust.
    fn spend(&mut self, year: i32) -> anyhow::Result<()> {
        if self.number > 0 {
            return Ok(());
        }
        let leader = identity::Actor::person(PersonId(self.trust.leader.0), self.trust.id);
        let trust = self.trust.clone();
        for (number, (_, course)) in trust.courses.iter().enumerate() {
            if self.spending.len() <= number {
                self.spending
                    .push(Stream::<Spending>::new(spending::id_of(trust.id, course.id)));
            }
            let cost = Cost {
                id: self.scribe.id::<CostId>(),
                urn: None,
                kind: CostKind::Materials,
                pence: self.scribe.rng.random_range(20_000..400_000),
                on: NaiveDate::from_ymd_opt(year + 1, 7, 1).unwrap_or_default(),
            };
            let record = spending::Command {
                trust: trust.id,
                activity: course.id,
                ask: Ask::Record(cost),
            };
            self.scribe.tell(&mut self.spending[number], leader.clone(), record)?;
        }
        Ok(())
    }
}
