//! Planning over gRPC: requests become typed commands, and state becomes replies. Nothing is decided here.
//!
//! What a rule must know of the outside is looked up on the way: places and people in the roster, other aggregates in the
//! store, what is listed in the index. A list shows what its reader may see of a page, so a page may be short, and still
//! say where to go on.

mod asks;
mod commissions;
mod expertise;
mod needs;
mod offers;
mod pathways;
mod priorities;
mod providers;
mod self_reviews;
mod time;

use std::collections::BTreeSet;

use api::{
    catalogue::v1::{
        self as pb,
        planning_service_server::{PlanningService, PlanningServiceServer},
    },
    common::v1::Sealed,
    ids::{ActivityId, PersonId, PriorityId, TrustId, Urn},
};
use chrono::NaiveDate;
use identity::context::today;
use identity::{Actor, Record, Roster, roster::Person};
use service::{Commands, Error, Guarded, Loaded, Query, Server, Violations, server::MAX_REQUEST_BYTES};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{CODE, Edge, FOCUS_AREAS, codes, free_text, unknown};
use crate::{
    activity::Activity,
    planning::{
        Place,
        index::{Filter, Index, Key},
        priority::Priority,
    },
};

/// Most characters of a title.
const TITLE: usize = 200;
/// Most characters of what is said in words.
const NOTE: usize = 5_000;
/// Dearest that anything may be: a million pounds.
const PENCE: std::ops::RangeInclusive<i64> = 0..=100_000_000;
/// Academic years that can be meant.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=2100;

/// The gRPC service of planning. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Planning {
    edge: Edge,
    commands: Commands,
    index: Index,
}

/// Takes commands in, plans them, and does them; takes queries in, and answers them.
macro_rules! planning_service {
    (
        commands { $($command:ident($asked:ident) -> $recorded:ident: $plan:path;)* }
        queries { $($query:ident($wanted:ident) -> $answer:ident: $show:path;)* }
    ) => {
        #[tonic::async_trait]
        impl PlanningService for Planning {
            $(
                async fn $command(&self, request: Request<pb::$asked>) -> Result<Response<pb::$recorded>, Status> {
                    let call = self.commands.accept(request).await?;
                    let plan = $plan(self, &call).await;
                    self.commands.run(call, plan).await
                }
            )*
            $(
                async fn $query(&self, request: Request<pb::$wanted>) -> Result<Response<pb::$answer>, Status> {
                    let query = self.commands.gate().caller(request).await?;
                    Ok(Response::new($show(self, &query).await?))
                }
            )*
        }
    };
}

planning_service! {
    commands {
        adopt_priority(AdoptPriorityRequest) -> AdoptPriorityResponse: priorities::adopt;
        revise_priority(RevisePriorityRequest) -> RevisePriorityResponse: priorities::revise;
        end_priority(EndPriorityRequest) -> EndPriorityResponse: priorities::end;
        draft_alignment_plan(DraftAlignmentPlanRequest) -> DraftAlignmentPlanResponse: priorities::draft_plan;
        revise_alignment_plan(ReviseAlignmentPlanRequest) -> ReviseAlignmentPlanResponse: priorities::revise_plan;
        adopt_alignment_plan(AdoptAlignmentPlanRequest) -> AdoptAlignmentPlanResponse: priorities::adopt_plan;
        open_need(OpenNeedRequest) -> OpenNeedResponse: needs::open;
        match_need(MatchNeedRequest) -> MatchNeedResponse: needs::match_to;
        meet_need(MeetNeedRequest) -> MeetNeedResponse: needs::meet;
        close_need(CloseNeedRequest) -> CloseNeedResponse: needs::close;
        offer_commission(OfferCommissionRequest) -> OfferCommissionResponse: commissions::offer;
        accept_commission(AcceptCommissionRequest) -> AcceptCommissionResponse: commissions::accept;
        decline_commission(DeclineCommissionRequest) -> DeclineCommissionResponse: commissions::decline;
        deliver_commission(DeliverCommissionRequest) -> DeliverCommissionResponse: commissions::deliver;
        cancel_commission(CancelCommissionRequest) -> CancelCommissionResponse: commissions::cancel;
        offer_expertise(OfferExpertiseRequest) -> OfferExpertiseResponse: expertise::offer;
        revise_expertise(ReviseExpertiseRequest) -> ReviseExpertiseResponse: expertise::revise;
        ask_for_expertise(AskForExpertiseRequest) -> AskForExpertiseResponse: expertise::ask;
        answer_expertise(AnswerExpertiseRequest) -> AnswerExpertiseResponse: expertise::answer;
        withdraw_expertise(WithdrawExpertiseRequest) -> WithdrawExpertiseResponse: expertise::withdraw;
        put_forward_offer(PutForwardOfferRequest) -> PutForwardOfferResponse: offers::put_forward;
        withdraw_offer(WithdrawOfferRequest) -> WithdrawOfferResponse: offers::withdraw;
        take_up_offer(TakeUpOfferRequest) -> TakeUpOfferResponse: offers::take_up;
        cancel_uptake(CancelUptakeRequest) -> CancelUptakeResponse: offers::cancel;
        publish_pathway(PublishPathwayRequest) -> PublishPathwayResponse: pathways::publish;
        revise_pathway(RevisePathwayRequest) -> RevisePathwayResponse: pathways::revise;
        withdraw_pathway(WithdrawPathwayRequest) -> WithdrawPathwayResponse: pathways::withdraw;
        take_self_review(TakeSelfReviewRequest) -> TakeSelfReviewResponse: self_reviews::take;
        share_self_review(ShareSelfReviewRequest) -> ShareSelfReviewResponse: self_reviews::share;
        unshare_self_review(UnshareSelfReviewRequest) -> UnshareSelfReviewResponse: self_reviews::unshare;
        plan_time(PlanTimeRequest) -> PlanTimeResponse: time::plan;
        replan_time(ReplanTimeRequest) -> ReplanTimeResponse: time::replan;
        use_time(UseTimeRequest) -> UseTimeResponse: time::use_time;
        divert_time(DivertTimeRequest) -> DivertTimeResponse: time::divert;
        provide_ask(ProvideAskRequest) -> ProvideAskResponse: asks::provide;
        register_provider(RegisterProviderRequest) -> RegisterProviderResponse: providers::register;
        revise_provider(ReviseProviderRequest) -> ReviseProviderResponse: providers::revise;
        review_provider(ReviewProviderRequest) -> ReviewProviderResponse: providers::review;
        retire_provider(RetireProviderRequest) -> RetireProviderResponse: providers::retire;
    }
    queries {
        get_priority(GetPriorityRequest) -> GetPriorityResponse: priorities::get;
        list_priorities(ListPrioritiesRequest) -> ListPrioritiesResponse: priorities::list;
        get_alignment_plan(GetAlignmentPlanRequest) -> GetAlignmentPlanResponse: priorities::get_plan;
        list_alignment_plans(ListAlignmentPlansRequest) -> ListAlignmentPlansResponse: priorities::list_plans;
        get_need(GetNeedRequest) -> GetNeedResponse: needs::get;
        list_needs(ListNeedsRequest) -> ListNeedsResponse: needs::list;
        get_commission(GetCommissionRequest) -> GetCommissionResponse: commissions::get;
        list_commissions(ListCommissionsRequest) -> ListCommissionsResponse: commissions::list;
        get_expertise(GetExpertiseRequest) -> GetExpertiseResponse: expertise::get;
        search_expertise(SearchExpertiseRequest) -> SearchExpertiseResponse: expertise::search;
        list_network_offers(ListNetworkOffersRequest) -> ListNetworkOffersResponse: offers::list;
        get_pathway(GetPathwayRequest) -> GetPathwayResponse: pathways::get;
        list_pathways(ListPathwaysRequest) -> ListPathwaysResponse: pathways::list;
        get_self_review(GetSelfReviewRequest) -> GetSelfReviewResponse: self_reviews::get;
        list_self_reviews(ListSelfReviewsRequest) -> ListSelfReviewsResponse: self_reviews::list;
        get_time_budget(GetTimeBudgetRequest) -> GetTimeBudgetResponse: time::get;
        list_time_budgets(ListTimeBudgetsRequest) -> ListTimeBudgetsResponse: time::list;
        get_ask(GetAskRequest) -> GetAskResponse: asks::get;
        list_open_asks(ListOpenAsksRequest) -> ListOpenAsksResponse: asks::list;
        get_provider(GetProviderRequest) -> GetProviderResponse: providers::get;
        list_providers(ListProvidersRequest) -> ListProvidersResponse: providers::list;
        get_provider_value(GetProviderValueRequest) -> GetProviderValueResponse: providers::value;
    }
}

/// A page of aggregates that its reader may see, and where to go on.
struct Found<A> {
    entries: Vec<(Uuid, Loaded<A>)>,
    next_page_token: String,
}

/// The page that a list was asked for.
struct Asked<'a> {
    method: &'static str,
    page_size: i32,
    page_token: &'a str,
}

impl Planning {
    pub(crate) fn new(edge: Edge, index: Index) -> Self {
        let commands = edge.commands.clone();
        Self { edge, commands, index }
    }

    /// Adds the service to a server.
    pub(crate) fn register(&self, server: Server) -> Server {
        server.with(PlanningServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST_BYTES))
    }

    fn roster(&self) -> &Roster {
        self.commands.gate().roster()
    }

    /// A school with its trust, or the trust that was named.
    async fn place(&self, trust: Option<TrustId>, urn: Option<Urn>, on: NaiveDate) -> Result<Place, Error> {
        let (trust, urn) = self.edge.place(trust, urn, on).await?;
        Ok(Place { trust, urn })
    }

    /// A school with the trust that it belongs to on a day.
    async fn school(&self, field: &str, urn: Urn, on: NaiveDate) -> Result<Place, Error> {
        let (_, trust) = self.edge.school(field, urn, on).await?;
        Ok(Place { trust, urn: Some(urn) })
    }

    /// Somebody of a trust who is there on a day.
    async fn member(&self, field: &str, id: PersonId, trust: TrustId, on: NaiveDate) -> Result<Person, Error> {
        self.edge.member(field, id, trust, on).await
    }

    /// The person who asks, as the roster knows them.
    async fn caller(&self, actor: &Actor) -> Result<Person, Error> {
        let id = actor.acting_person();
        let id = id.ok_or_else(|| Error::permission_denied("this is for people: sign in as one"))?;
        Ok(self.roster().person(id).await?)
    }

    /// A priority of a trust that a request names.
    async fn priority(&self, field: &str, id: PriorityId, trust: TrustId) -> Result<Priority, Error> {
        let loaded = self.commands.load::<Priority>(id).await?;
        loaded
            .map(|loaded| loaded.state)
            .filter(|priority| priority.place.trust == trust)
            .ok_or_else(|| Error::invalid(field, format!("there is no priority {id}")))
    }

    /// A priority that a request may name.
    async fn optional_priority(&self, id: Option<PriorityId>, trust: TrustId) -> Result<Option<PriorityId>, Error> {
        if let Some(id) = id {
            self.priority("priority_id", id, trust).await?;
        }
        Ok(id)
    }

    /// An activity of the catalogue that a request names: one of the same trust.
    async fn activity(&self, id: ActivityId, trust: TrustId) -> Result<(), Error> {
        let loaded = self.commands.load::<Activity>(id).await?;
        match loaded.filter(|loaded| loaded.trust_id == trust.0) {
            Some(_) => Ok(()),
            None => Err(Error::invalid("activity_id", format!("there is no activity {id}"))),
        }
    }

    /// An activity that a request may name.
    async fn optional_activity(&self, id: Option<ActivityId>, trust: TrustId) -> Result<Option<ActivityId>, Error> {
        if let Some(id) = id {
            self.activity(id, trust).await?;
        }
        Ok(id)
    }

    /// Makes sure that an actor may read a record.
    async fn may_read(&self, actor: &Actor, record: &Record) -> Result<(), Error> {
        self.edge.read(actor, record).await
    }

    /// An aggregate that an actor may read.
    async fn readable<A: Guarded>(
        &self,
        actor: &Actor,
        id: impl Into<Uuid>,
        record: impl Fn(&A) -> Record,
    ) -> Result<Loaded<A>, Error> {
        let loaded = self.commands.get::<A>(id).await?;
        self.may_read(actor, &record(&loaded.state)).await?;
        Ok(loaded)
    }

    /// One page of what a filter lets through and the reader may see. `parameters` are the request's without the page.
    async fn page<A: Guarded>(
        &self,
        actor: &Actor,
        asked: Asked<'_>,
        parameters: &impl prost::Message,
        filter: &Filter,
        record: impl Fn(&A) -> Record,
    ) -> Result<Found<A>, Error> {
        let wanted = (asked.page_size, asked.page_token);
        let (scope, page) = self.edge.page::<Key>(asked.method, actor, parameters, wanted)?;
        let mut keys = self.index.list(filter, page.after, page.limit()).await?;
        let next_page_token = self.edge.pager.cut(&scope, &page, &mut keys, Clone::clone)?;
        let mut found = Vec::with_capacity(keys.len());
        for (_, id) in keys {
            if let Some(loaded) = self.commands.load::<A>(id).await? {
                found.push((record(&loaded.state), (id, loaded)));
            }
        }
        Ok(Found {
            entries: self.edge.readable(actor, found).await?,
            next_page_token,
        })
    }

    /// Text for a reader.
    async fn text(&self, trust: TrustId, sealed: Option<&Sealed>) -> Result<String, Error> {
        self.edge.text(trust, sealed).await
    }
}

/// The identifier that a query names.
fn one<M, T: std::str::FromStr>(_: &Query<M>, field: &str, text: &str) -> Result<T, Error> {
    let mut violations = Violations::new();
    let id = violations.id::<T>(field, text);
    let (id,) = violations.all((id,))?;
    Ok(id)
}

/// Codes of focus areas, each once.
fn focus_areas(violations: &mut Violations, areas: &[String]) -> Option<Vec<String>> {
    let mut areas = codes(violations, "focus_areas", areas)?;
    let mut seen = BTreeSet::new();
    areas.retain(|area| seen.insert(area.clone()));
    Some(areas)
}

/// A filter's text, unless it is empty.
fn given(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}
