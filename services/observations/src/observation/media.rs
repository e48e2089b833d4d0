//! Recordings and documents kept elsewhere: who added one owns it, and alone decides who sees it.

use api::{
    common::v1::Sealed,
    ids::{MediaId, PersonId},
    observations::v1::{MediaAdded, MediaShared, MediaWithdrawn, ObservationEvent},
};
use identity::Context;

use super::{Observation, Rejection, Standing};
use crate::recorded;

/// A reference to a recording or document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Media {
    pub id: MediaId,
    pub owner: PersonId,
    /// Where it is.
    pub uri: Option<Sealed>,
    /// SHA-256 of the content, 64 hexadecimal digits.
    pub digest: String,
    /// IANA media type.
    pub media_type: String,
    pub shared_with: Vec<PersonId>,
}

impl Media {
    /// Whether somebody may see it.
    pub fn is_seen_by(&self, person: PersonId) -> bool {
        self.owner == person || self.shared_with.contains(&person)
    }
}

impl Observation {
    pub(super) fn add_media(
        &self,
        media: MediaId,
        uri: String,
        digest: String,
        media_type: String,
        context: &Context,
    ) -> Result<Vec<ObservationEvent>, Rejection> {
        self.must_not_be_closed()?;
        if self.standing == Standing::Cancelled {
            return Err(Rejection::Cancelled);
        }
        let owner = context.actor.acting_person().filter(|person| self.involves(*person));
        let owner = owner.ok_or(Rejection::NotInvolved)?;
        if self.media(media).is_some() {
            return Err(Rejection::MediaAddedAlready);
        }
        let added = MediaAdded {
            media_id: media.into(),
            owner_id: owner.into(),
            // What a recording shows is the observee's, whoever keeps it.
            uri: super::about(self.observee, uri),
            digest,
            media_type,
        };
        Ok(vec![added.into()])
    }

    pub(super) fn share_media(
        &self,
        media: MediaId,
        with: PersonId,
        context: &Context,
    ) -> Result<Vec<ObservationEvent>, Rejection> {
        let owned = self.must_own(media, context)?;
        if owned.is_seen_by(with) {
            return Ok(Vec::new());
        }
        Ok(vec![
            MediaShared {
                media_id: media.into(),
                with_id: with.into(),
            }
            .into(),
        ])
    }

    pub(super) fn withdraw_media(&self, media: MediaId, context: &Context) -> Result<Vec<ObservationEvent>, Rejection> {
        let owned = self.must_own(media, context)?;
        if owned.shared_with.is_empty() {
            return Ok(Vec::new());
        }
        Ok(vec![MediaWithdrawn { media_id: media.into() }.into()])
    }

    pub(super) fn on_media_added(&mut self, added: &MediaAdded) {
        self.media.push(Media {
            id: recorded::id(&added.media_id),
            owner: recorded::id(&added.owner_id),
            uri: added.uri.clone(),
            digest: added.digest.clone(),
            media_type: added.media_type.clone(),
            shared_with: Vec::new(),
        });
    }

    pub(super) fn on_media_shared(&mut self, shared: &MediaShared) {
        let id = recorded::id::<MediaId>(&shared.media_id);
        for media in self.media.iter_mut().filter(|media| media.id == id) {
            media.shared_with.push(recorded::id(&shared.with_id));
        }
    }

    pub(super) fn on_media_withdrawn(&mut self, withdrawn: &MediaWithdrawn) {
        let id = recorded::id::<MediaId>(&withdrawn.media_id);
        for media in self.media.iter_mut().filter(|media| media.id == id) {
            media.shared_with.clear();
        }
    }

    fn media(&self, id: MediaId) -> Option<&Media> {
        self.media.iter().find(|media| media.id == id)
    }

    fn must_own(&self, id: MediaId, context: &Context) -> Result<&Media, Rejection> {
        let media = self.media(id).ok_or(Rejection::NoSuchMedia)?;
        if context.actor.is(media.owner) {
            Ok(media)
        } else {
            Err(Rejection::NotTheMediaOwner)
        }
    }
}
