//! How events change a learning record.

use api::{
    catalogue::v1::{LearningRecordEvent, learning_record_event::Event},
    ids::{ClaimId, CreditId},
};
use service::recorded;

use super::{Claim, ClaimStanding, Completion, Credit, LearningRecord};

impl LearningRecord {
    pub(super) fn follow(&mut self, event: &LearningRecordEvent) {
        match &event.event {
            Some(Event::HoursCredited(credited)) => {
                self.is_of(&credited.person_id, &credited.trust_id);
                self.credits.push(Credit {
                    id: recorded::id(&credited.credit_id),
                    on: recorded::date(&credited.on),
                    minutes: credited.minutes,
                    credited: credited.clone(),
                    confirmed: Vec::new(),
                });
            }
            Some(Event::HoursCorrected(corrected)) => {
                let id = recorded::id::<CreditId>(&corrected.credit_id);
                for credit in self.credits.iter_mut().filter(|credit| credit.id == id) {
                    credit.minutes = corrected.minutes;
                }
                if corrected.minutes == 0 {
                    self.take_back_completions(id);
                }
            }
            Some(Event::ExternalClaimed(claimed)) => {
                self.is_of(&claimed.person_id, &claimed.trust_id);
                self.claims.push(Claim {
                    id: recorded::id(&claimed.claim_id),
                    on: recorded::date(&claimed.on),
                    minutes: claimed.minutes,
                    claimed: claimed.clone(),
                    ..Claim::default()
                });
            }
            Some(Event::ExternalVerified(verified)) => self.change_claim(&verified.claim_id, |claim| {
                claim.standing = ClaimStanding::Verified;
                claim.minutes = verified.minutes;
            }),
            Some(Event::ExternalRejected(rejected)) => self.change_claim(&rejected.claim_id, |claim| {
                claim.standing = ClaimStanding::Rejected;
                claim.reason.clone_from(&rejected.reason);
            }),
            Some(Event::CertificateIssued(issued)) => self.certificates.push(issued.clone()),
            Some(Event::MandatoryCompleted(completed)) => {
                self.is_of(&completed.person_id, &completed.trust_id);
                let completions = self.mandatory.entry(completed.item.clone()).or_default();
                completions.push(Completion {
                    on: recorded::date(&completed.on),
                    expires_on: recorded::optional_date(&completed.expires_on),
                    credit: recorded::optional_id(&completed.credit_id),
                });
            }
            Some(Event::DevelopmentLinked(linked)) => {
                let id = recorded::id::<CreditId>(&linked.credit_id);
                for credit in self.credits.iter_mut().filter(|credit| credit.id == id) {
                    credit.confirmed.push(recorded::id(&linked.follow_up_id));
                }
            }
            None => {}
        }
    }

    fn is_of(&mut self, person: &str, trust: &str) {
        self.person = Some(recorded::id(person));
        self.trust = recorded::id(trust);
    }

    fn change_claim(&mut self, id: &str, change: impl Fn(&mut Claim)) {
        let id = recorded::id::<ClaimId>(id);
        self.claims.iter_mut().filter(|claim| claim.id == id).for_each(change);
    }

    /// Whoever did not come after all did not complete it, either.
    fn take_back_completions(&mut self, credit: CreditId) {
        for completions in self.mandatory.values_mut() {
            completions.retain(|completion| completion.credit != Some(credit));
        }
        self.mandatory.retain(|_, completions| !completions.is_empty());
    }
}
