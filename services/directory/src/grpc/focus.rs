//! Vocabularies of practice.

use std::collections::{BTreeMap, BTreeSet};

use api::{
    directory::v1::{self as pb, focus_service_server::FocusService},
    ids::{FrameworkId, TrustId},
};
use identity::{Action, Record, access::Kind};
use service::{
    Call, Error, Loaded, Plan, Violations,
    parse::{SHORT_TEXT, path},
};
use tonic::{Request, Response, Status};

use super::{Directory, scope, stable_code, unknown};
use crate::framework::{Command, Edition, FocusFramework, Meaning, framework_id};

/// Most areas of a vocabulary.
const MOST_AREAS: usize = 2_000;

#[tonic::async_trait]
impl FocusService for Directory {
    async fn publish_framework(
        &self,
        request: Request<pb::PublishFrameworkRequest>,
    ) -> Result<Response<pb::PublishFrameworkResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = self.publish_plan(&call).await;
        self.commands.run(call, plan).await
    }

    async fn set_crosswalk(
        &self,
        request: Request<pb::SetCrosswalkRequest>,
    ) -> Result<Response<pb::SetCrosswalkResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = self.set_crosswalk_plan(&call).await;
        self.commands.run(call, plan).await
    }

    async fn list_focus_areas(
        &self,
        request: Request<pb::ListFocusAreasRequest>,
    ) -> Result<Response<pb::ListFocusAreasResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        let asked = query.message;
        let trust = optional_trust(&asked.trust_id)?;
        let parameters = pb::ListFocusAreasRequest {
            page_size: 0,
            page_token: String::new(),
            ..asked.clone()
        };
        let scope = scope("ListFocusAreas", &query.actor, &parameters);
        let page = self
            .pager
            .page::<(String, String, String)>(&scope, asked.page_size, &asked.page_token)?;
        let record = Record::new(Kind::Framework, trust.unwrap_or_default());
        self.commands
            .gate()
            .authorise(&query.actor, Action::Read, &record)
            .await?;

        let frameworks = self.frameworks(trust).await?;
        let mut areas: Vec<_> = frameworks
            .iter()
            .flat_map(|framework| framework.state.edition().areas)
            .collect();
        areas.sort_by_key(place);
        areas.retain(|area| page.after.as_ref().is_none_or(|after| place(area) > *after));
        let next_page_token = self.pager.cut(&scope, &page, &mut areas, place)?;
        let crosswalk = if page.after.is_some() {
            Vec::new()
        } else {
            frameworks
                .iter()
                .flat_map(|framework| framework.state.crosswalk().collect::<Vec<_>>())
                .collect()
        };
        Ok(Response::new(pb::ListFocusAreasResponse {
            areas,
            crosswalk,
            next_page_token,
        }))
    }

    async fn list_frameworks(
        &self,
        request: Request<pb::ListFrameworksRequest>,
    ) -> Result<Response<pb::ListFrameworksResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        let trust = optional_trust(&query.message.trust_id)?;
        let record = Record::new(Kind::Framework, trust.unwrap_or_default());
        self.commands
            .gate()
            .authorise(&query.actor, Action::Read, &record)
            .await?;
        let frameworks = self.frameworks(trust).await?.iter().map(show).collect();
        Ok(Response::new(pb::ListFrameworksResponse { frameworks }))
    }

    async fn get_crosswalk(
        &self,
        request: Request<pb::GetCrosswalkRequest>,
    ) -> Result<Response<pb::GetCrosswalkResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        let mut violations = Violations::new();
        let trust = violations.id::<TrustId>("trust_id", &query.message.trust_id);
        let (trust,) = violations.all((trust,))?;
        let record = Record::new(Kind::Framework, trust);
        self.commands
            .gate()
            .authorise(&query.actor, Action::Read, &record)
            .await?;
        let shared = self.commands.load::<FocusFramework>(framework_id(None)).await?;
        let own = self.commands.load::<FocusFramework>(framework_id(Some(trust))).await?;
        let shared = shared.map(|loaded| loaded.state.edition()).unwrap_or_default();
        let answer = own.map_or_else(
            || pb::GetCrosswalkResponse {
                shared_edition: shared.version.clone(),
                ..pb::GetCrosswalkResponse::default()
            },
            |own| crosswalk(trust, &own.state, &shared),
        );
        Ok(Response::new(answer))
    }
}

impl Directory {
    /// The shared vocabulary and, if it has one, the trust's own.
    async fn frameworks(&self, trust: Option<TrustId>) -> Result<Vec<Loaded<FocusFramework>>, Error> {
        let mut frameworks = Vec::new();
        frameworks.extend(self.commands.load::<FocusFramework>(framework_id(None)).await?);
        if trust.is_some() {
            frameworks.extend(self.commands.load::<FocusFramework>(framework_id(trust)).await?);
        }
        Ok(frameworks)
    }

    async fn publish_plan(&self, call: &Call<pb::PublishFrameworkRequest>) -> Result<Plan, Error> {
        let asked = &call.message;
        let mut violations = Violations::new();
        let trust = violations.optional_id::<TrustId>("trust_id", &asked.trust_id);
        let id = violations.optional_id::<FrameworkId>("framework_id", &asked.framework_id);
        if let (Some(trust), Some(Some(id))) = (trust, id) {
            violations.check(id == framework_id(trust), "framework_id", || {
                "is not that of the trust's own vocabulary, of which it has one: leave it empty".to_owned()
            });
        }
        let name = violations.text("name", &asked.name, SHORT_TEXT);
        let version = violations.text("version", &asked.version, 40);
        let source = violations.optional_text("source", &asked.source, 500);
        let areas = violations.some_of("areas", &asked.areas, MOST_AREAS, area);
        let mut seen = BTreeSet::new();
        for (index, area) in asked.areas.iter().enumerate() {
            violations.check(seen.insert(area.code.trim()), &path("areas", index, "code"), || {
                format!("is `{}`, which another area has already", area.code.trim())
            });
        }
        let (trust, name, version, source, areas) = violations.all((trust, name, version, source, areas))?;
        if let Some(trust) = trust {
            self.commands
                .gate()
                .roster()
                .trust(trust)
                .await
                .map_err(|error| unknown("trust_id", error))?;
        }
        let edition = Edition {
            trust,
            name,
            version,
            source: source.unwrap_or_default(),
            areas,
        };
        Ok(Plan::of::<FocusFramework>(
            framework_id(trust),
            Command::Publish(edition),
        ))
    }

    async fn set_crosswalk_plan(&self, call: &Call<pb::SetCrosswalkRequest>) -> Result<Plan, Error> {
        let mut violations = Violations::new();
        let id = violations.id::<FrameworkId>("framework_id", &call.message.framework_id);
        let pairs = violations.list(
            "entries",
            &call.message.entries,
            MOST_AREAS,
            |violations, path, entry| {
                let own = violations.text(&format!("{path}.own_code"), &entry.own_code, 60);
                let shared = violations.text(&format!("{path}.shared_code"), &entry.shared_code, 60);
                Some((own?, shared?))
            },
        );
        let (id, pairs) = violations.all((id, pairs))?;
        let mut entries = BTreeMap::new();
        for (index, (own, shared)) in pairs.into_iter().enumerate() {
            if entries.contains_key(&own) {
                return Err(Error::invalid(
                    path("entries", index, "own_code"),
                    "is mapped twice: choose one meaning",
                ));
            }
            entries.insert(own, shared);
        }
        let shared = self.frameworks(None).await?;
        let shared = shared
            .first()
            .map(|framework| framework.state.edition())
            .unwrap_or_default();
        Ok(Plan::of::<FocusFramework>(
            id,
            Command::SetCrosswalk { entries, shared },
        ))
    }
}

fn optional_trust(trust_id: &str) -> Result<Option<TrustId>, Error> {
    let mut violations = Violations::new();
    let trust = violations.optional_id::<TrustId>("trust_id", trust_id);
    let (trust,) = violations.all((trust,))?;
    Ok(trust)
}

fn area(violations: &mut Violations, path: &str, area: &pb::FocusArea) -> Option<pb::FocusArea> {
    let at = |name: &str| format!("{path}.{name}");
    let code = stable_code(violations, &at("code"), &area.code);
    let label = violations.text(&at("label"), &area.label, SHORT_TEXT);
    let subject = violations.optional_text(&at("subject"), &area.subject, 100);
    let group = violations.optional_text(&at("group"), &area.group, SHORT_TEXT);
    Some(pb::FocusArea {
        code: code?,
        label: label?,
        subject: subject?.unwrap_or_default(),
        group: group?.unwrap_or_default(),
    })
}

/// Where an area stands in a list.
fn place(area: &pb::FocusArea) -> (String, String, String) {
    (area.group.clone(), area.label.clone(), area.code.clone())
}

/// What each of a trust's own words means, and which shared areas none of them means.
fn crosswalk(trust: TrustId, own: &FocusFramework, shared: &Edition) -> pb::GetCrosswalkResponse {
    let area_of = |code: &str| shared.areas.iter().find(|area| area.code == code).cloned();
    let mut areas = own.edition().areas;
    areas.sort_by(|a, b| a.code.cmp(&b.code));
    let line = |area: pb::FocusArea| {
        let (shared, state) = match own.meaning(&area.code, shared) {
            Meaning::Mapped(code) => (area_of(code), pb::CrosswalkState::Mapped),
            Meaning::SameCode => (area_of(&area.code), pb::CrosswalkState::SameCode),
            Meaning::Unmapped => (None, pb::CrosswalkState::Unmapped),
            Meaning::Gone => (None, pb::CrosswalkState::MeaningGone),
        };
        pb::CrosswalkLine {
            own: Some(area),
            shared,
            state: state.into(),
        }
    };
    let lines: Vec<_> = areas.into_iter().map(line).collect();
    let reached: BTreeSet<_> = lines
        .iter()
        .filter_map(|line| line.shared.as_ref())
        .map(|area| area.code.clone())
        .collect();
    let (mapped_own_edition, mapped_shared_edition) = own.mapped_editions();
    pb::GetCrosswalkResponse {
        framework_id: framework_id(Some(trust)).into(),
        own_edition: own.edition().version,
        shared_edition: shared.version.clone(),
        mapped_own_edition: mapped_own_edition.to_owned(),
        mapped_shared_edition: mapped_shared_edition.to_owned(),
        mapped_count: i32::try_from(lines.iter().filter(|line| line.shared.is_some()).count()).unwrap_or(i32::MAX),
        lines,
        unreached: shared
            .areas
            .iter()
            .filter(|area| !reached.contains(&area.code))
            .cloned()
            .collect(),
    }
}

fn show(loaded: &Loaded<FocusFramework>) -> pb::Framework {
    let Edition {
        trust,
        name,
        version,
        source,
        areas,
    } = loaded.state.edition();
    pb::Framework {
        framework_id: framework_id(trust).into(),
        trust_id: trust.map(String::from).unwrap_or_default(),
        name,
        edition: version,
        source,
        area_count: i32::try_from(areas.len()).unwrap_or(i32::MAX),
        version: loaded.version.0,
    }
}
