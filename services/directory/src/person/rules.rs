//! The rules, one method a command.

use super::*;

impl Person {
    pub(super) fn add(&self, newcomer: Newcomer) -> Events {
        if self.trust.is_some() {
            return Err(Rejection::AlreadyAdded);
        }
        let Newcomer {
            id,
            trust,
            given_name,
            family_name,
            career_stage,
            ..
        } = newcomer;
        let added = PersonAdded {
            given_name: Some(given_name),
            family_name: Some(family_name),
            career_stage: career_stage.into(),
            trust_id: trust.into(),
            person_id: id.into(),
        };
        let person = Self {
            id,
            trust: Some(trust),
            ..Self::default()
        };
        let mut events = vec![added.into()];
        let mut on = newcomer.on;
        if let Some(offer) = newcomer.first_post {
            on = offer.terms.from_on;
            events.extend(person.start_employment(offer)?);
        }
        if let Some(manager) = newcomer.line_manager {
            events.extend(person.assign_line_manager(&manager, on)?);
        }
        if let Some(appraiser) = newcomer.appraiser {
            events.extend(person.assign_appraiser(&appraiser, on)?);
        }
        Ok(events)
    }

    pub(super) fn set_career_stage(&self, stage: CareerStage, from_on: NaiveDate) -> Events {
        self.must_stay(from_on)?;
        if stage == self.career_stage {
            return Ok(Vec::new());
        }
        if let Some(since) = self.stage_since.filter(|since| from_on < *since) {
            return Err(Rejection::StageSetLater { since });
        }
        Ok(vec![
            CareerStageSet {
                career_stage: stage.into(),
                from_on: from_on.to_string(),
            }
            .into(),
        ])
    }

    /// Somebody who left comes back by taking up another post.
    pub(super) fn start_employment(&self, offer: Offer) -> Events {
        if self.posts.find(offer.employment).is_some() {
            return Err(Rejection::PostExists);
        }
        if let Some(left_on) = self.left_on.filter(|left_on| offer.terms.from_on <= *left_on) {
            return Err(Rejection::StartsBeforeLeft { left_on });
        }
        self.must_be_ours(offer.place, offer.terms.from_on)?;
        self.posts.must_fit(offer.employment, &offer.terms)?;
        Ok(vec![
            EmploymentStarted {
                employment: Some(offer.employment()),
            }
            .into(),
        ])
    }

    pub(super) fn change_employment(&self, offer: Offer) -> Events {
        let post = self.posts.open(offer.employment)?;
        let now = post.terms();
        if offer.terms == *now {
            return Ok(Vec::new());
        }
        if offer.terms.school != now.school {
            return Err(Rejection::SchoolChangesByMove);
        }
        if offer.terms.from_on < now.from_on {
            return Err(Rejection::ChangedLater { since: now.from_on });
        }
        self.posts.must_fit(offer.employment, &offer.terms)?;
        Ok(vec![
            EmploymentChanged {
                employment: Some(offer.employment()),
            }
            .into(),
        ])
    }

    /// A post may end the day before it starts: it was not taken up.
    pub(super) fn end_employment(&self, employment: EmploymentId, on: NaiveDate, reason: EmploymentEnd) -> Events {
        let post = self.posts.open(employment)?;
        let terms = post.terms();
        if on < before(terms.from_on) {
            return Err(Rejection::EndedBeforeStarted { from_on: terms.from_on });
        }
        let ended = EmploymentEnded {
            employment_id: employment.into(),
            urn: terms.school.map(String::from).unwrap_or_default(),
            on: on.to_string(),
            reason: reason.into(),
        };
        let mut events = vec![ended.into()];
        if let Some(left_on) = self.posts.last_day_without(employment, on) {
            events.extend(
                self.grants
                    .iter()
                    .filter(|grant| grant.is_open())
                    .map(|grant| grant.revoked(left_on)),
            );
            events.push(
                PersonLeft {
                    on: left_on.to_string(),
                }
                .into(),
            );
        } else {
            events.extend(self.duties_ending(employment, terms.school, on));
        }
        Ok(events)
    }

    pub(super) fn move_to(&self, employment: EmploymentId, to: Place, on: NaiveDate) -> Events {
        let terms = self.posts.open(employment)?.terms();
        if terms.school == Some(to.urn) {
            return Err(Rejection::AlreadyThere(to.urn));
        }
        if on <= terms.from_on {
            return Err(Rejection::MovedBeforeStarted { from_on: terms.from_on });
        }
        self.must_be_ours(Some(to), on)?;
        let moved = PersonMoved {
            employment_id: employment.into(),
            from_urn: terms.school.map(String::from).unwrap_or_default(),
            to_urn: to.urn.into(),
            on: on.to_string(),
        };
        let mut events = vec![moved.into()];
        events.extend(self.duties_ending(employment, terms.school, before(on)));
        Ok(events)
    }

    pub(super) fn start_leave(&self, leave: Leave) -> Events {
        self.must_stay(leave.from_on)?;
        if let Some(current) = self.leave {
            return Err(Rejection::AlreadyOnLeave { since: current.from_on });
        }
        if let Some(back_on) = self.back_on.filter(|back_on| leave.from_on < *back_on) {
            return Err(Rejection::AwayBeforeBack { back_on });
        }
        if leave.expected_until.is_some_and(|until| until < leave.from_on) {
            return Err(Rejection::LeaveEndsBeforeItStarts { from_on: leave.from_on });
        }
        Ok(vec![
            LongLeaveStarted {
                kind: leave.kind.into(),
                from_on: leave.from_on.to_string(),
                expected_until: leave.expected_until.map(|until| until.to_string()).unwrap_or_default(),
            }
            .into(),
        ])
    }

    pub(super) fn end_leave(&self, on: NaiveDate) -> Events {
        let leave = self.leave.ok_or(Rejection::NotOnLeave)?;
        if on <= leave.from_on {
            return Err(Rejection::BackBeforeAway { from_on: leave.from_on });
        }
        Ok(vec![LongLeaveEnded { on: on.to_string() }.into()])
    }

    pub(super) fn assign_line_manager(&self, manager: &Colleague, from_on: NaiveDate) -> Events {
        self.must_be_colleague(manager, from_on)?;
        if manager.managed_by.contains(&self.id) {
            return Err(Rejection::ManagesTheirManager);
        }
        if self.line_manager == Some(manager.id) {
            return Ok(Vec::new());
        }
        Ok(vec![
            LineManagerAssigned {
                line_manager_id: manager.id.into(),
                from_on: from_on.to_string(),
            }
            .into(),
        ])
    }

    pub(super) fn assign_appraiser(&self, appraiser: &Colleague, from_on: NaiveDate) -> Events {
        self.must_be_colleague(appraiser, from_on)?;
        if self.appraiser == Some(appraiser.id) {
            return Ok(Vec::new());
        }
        Ok(vec![
            AppraiserAssigned {
                appraiser_id: appraiser.id.into(),
                from_on: from_on.to_string(),
            }
            .into(),
        ])
    }

    /// Leading a network is given by those who lead it or by an operator: no trust can do so on its own.
    pub(super) fn grant_role(&self, granting: Granting, context: &Context) -> Events {
        let Granting {
            role,
            scope,
            place,
            by_network_lead,
            from_on,
        } = granting;
        self.must_stay(from_on)?;
        if !scope.suits(role) {
            return Err(Rejection::WrongScope { role });
        }
        match scope {
            Scope::School(_) => self.must_be_ours(place, from_on)?,
            Scope::Trust(trust) if Some(trust) != self.trust => return Err(Rejection::AnotherTrust),
            Scope::Network(_) if context.actor.person_id().is_some() && !by_network_lead => {
                return Err(Rejection::NetworkDecides);
            }
            Scope::Trust(_) | Scope::Network(_) => {}
        }
        if self
            .grants
            .iter()
            .any(|grant| grant.role == role && grant.scope == scope && grant.is_open())
        {
            return Ok(Vec::new());
        }
        let scope = Some(scope.shown());
        Ok(vec![
            RoleGranted {
                role: role.into(),
                scope,
                from_on: from_on.to_string(),
            }
            .into(),
        ])
    }

    pub(super) fn revoke_role(&self, role: Role, scope: Scope, on: NaiveDate) -> Events {
        let open = |grant: &&Grant| grant.role == role && grant.scope == scope && grant.is_open();
        let grant = self.grants.iter().find(open).ok_or(Rejection::NotGranted)?;
        if on < before(grant.from_on) {
            return Err(Rejection::RevokedBeforeGranted { from_on: grant.from_on });
        }
        Ok(vec![grant.revoked(on)])
    }

    pub(super) fn link_identifier(&self, identifier: Identifier) -> Events {
        let Identifier { scheme, digest, value } = identifier;
        let mut same = self.identifiers.iter().filter(|known| known.scheme == scheme);
        if same.clone().any(|known| known.digest == digest) {
            return Ok(Vec::new());
        }
        // One person, one teacher reference number, for life.
        if scheme == IdentifierScheme::Trn && same.next().is_some() {
            return Err(Rejection::HasOtherTrn);
        }
        Ok(vec![
            IdentifierLinked {
                scheme: scheme.into(),
                value: Some(value),
                digest,
            }
            .into(),
        ])
    }

    pub(super) fn unlink_identifier(&self, scheme: IdentifierScheme, digest: String) -> Events {
        if !self
            .identifiers
            .iter()
            .any(|known| known.scheme == scheme && known.digest == digest)
        {
            return Err(Rejection::NotLinked);
        }
        Ok(vec![
            IdentifierUnlinked {
                scheme: scheme.into(),
                digest,
            }
            .into(),
        ])
    }

    /// What somebody owed must still be handed over, so posts end here too, for no stated reason.
    pub(super) fn erase(&self, reason: String, released: &[String], today: NaiveDate) -> Events {
        if !self.identifiers.iter().map(|known| &known.digest).eq(released) {
            return Err(Rejection::IdentifiersChanged);
        }
        let mut events: Vec<PersonEvent> = Vec::new();
        let mut left_on = None;
        for (employment, terms) in self.posts.all_open() {
            let on = today.max(before(terms.from_on));
            left_on = left_on.max(Some(on));
            events.push(
                EmploymentEnded {
                    employment_id: employment.into(),
                    urn: terms.school.map(String::from).unwrap_or_default(),
                    on: on.to_string(),
                    reason: EmploymentEnd::Other.into(),
                }
                .into(),
            );
        }
        events.extend(
            self.grants
                .iter()
                .filter(|grant| grant.is_open())
                .map(|grant| grant.revoked(today)),
        );
        events.extend(self.identifiers.iter().map(|known| {
            IdentifierUnlinked {
                scheme: known.scheme.into(),
                digest: known.digest.clone(),
            }
            .into()
        }));
        if self.left_on.is_none() {
            events.push(
                PersonLeft {
                    on: left_on.unwrap_or(today).to_string(),
                }
                .into(),
            );
        }
        events.push(PersonErased { reason }.into());
        Ok(events)
    }

    /// Roles at a school end with the last post there.
    fn duties_ending(&self, employment: EmploymentId, school: Option<Urn>, on: NaiveDate) -> Vec<PersonEvent> {
        let elsewhere = |(other, terms): (EmploymentId, &Terms)| other != employment && terms.school == school;
        let Some(school) = school.filter(|_| !self.posts.all_open().any(elsewhere)) else {
            return Vec::new();
        };
        let there = |grant: &&Grant| grant.scope == Scope::School(school) && grant.is_open();
        self.grants
            .iter()
            .filter(there)
            .map(|grant| grant.revoked(on))
            .collect()
    }

    fn must_stay(&self, on: NaiveDate) -> Result<(), Rejection> {
        match self.left_on.filter(|left_on| *left_on < on) {
            Some(left_on) => Err(Rejection::Left { left_on }),
            None => Ok(()),
        }
    }

    /// The trust's central team is always ours.
    fn must_be_ours(&self, place: Option<Place>, on: NaiveDate) -> Result<(), Rejection> {
        let Some(place) = place else { return Ok(()) };
        if place.trust.is_none() || place.trust != self.trust {
            return Err(Rejection::SchoolNotInTrust(place.urn));
        }
        match place.closed_on.filter(|closed_on| *closed_on < on) {
            Some(closed_on) => Err(Rejection::SchoolClosed {
                urn: place.urn,
                closed_on,
            }),
            None => Ok(()),
        }
    }

    fn must_be_colleague(&self, colleague: &Colleague, on: NaiveDate) -> Result<(), Rejection> {
        self.must_stay(on)?;
        if colleague.id == self.id {
            return Err(Rejection::Oneself);
        }
        if Some(colleague.trust) != self.trust {
            return Err(Rejection::ColleagueOfAnotherTrust);
        }
        if colleague.erased || colleague.left_on.is_some_and(|left_on| left_on < on) {
            return Err(Rejection::ColleagueLeft);
        }
        Ok(())
    }
}

pub(super) fn correct(given_name: Sealed, family_name: Sealed) -> Vec<PersonEvent> {
    vec![
        PersonDetailsCorrected {
            given_name: Some(given_name),
            family_name: Some(family_name),
        }
        .into(),
    ]
}
