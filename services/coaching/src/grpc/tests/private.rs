//! Career plans and journals: their owner's, until they share a section.

use estate::{APPRAISER, COLLEAGUE, HEAD, STRANGER};

use super::*;

fn write_section(section: pb::CareerSection, text: &str) -> pb::WriteCareerSectionRequest {
    pb::WriteCareerSectionRequest {
        request_id: request_id(),
        occurred_at: noon("2025-10-06"),
        section: section.into(),
        text: text.into(),
        ..Default::default()
    }
}

fn write_entry(section: pb::JournalSection, text: &str, on: &str) -> pb::WriteJournalEntryRequest {
    pb::WriteJournalEntryRequest {
        request_id: request_id(),
        occurred_at: noon("2025-10-06"),
        section: section.into(),
        text: text.into(),
        on: on.into(),
        ..Default::default()
    }
}

async fn plan_seen_by(world: &World, who: PersonId) -> Result<pb::CareerPlan, Status> {
    let request = pb::GetCareerPlanRequest {
        person_id: TEACHER.to_string(),
    };
    let answer = world.career_plans().get_career_plan(world.by(who, request)).await?;
    Ok(answer.into_inner().career_plan.unwrap())
}

async fn journal_seen_by(world: &World, who: PersonId, page_token: &str) -> Result<pb::GetJournalResponse, Status> {
    let request = pb::GetJournalRequest {
        person_id: TEACHER.to_string(),
        page_size: 2,
        page_token: page_token.into(),
        ..Default::default()
    };
    Ok(world.journals().get_journal(world.by(who, request)).await?.into_inner())
}

#[tokio::test]
async fn a_section_of_a_career_plan_is_shared_and_taken_back() {
    let world = World::running().await;
    let mut plans = world.career_plans();
    assert!(plan_seen_by(&world, TEACHER).await.unwrap().sections.is_empty());
    assert_denied(&plan_seen_by(&world, HEAD).await.unwrap_err());
    for (section, text) in [
        (pb::CareerSection::WhereFrom, "a bakery"),
        (pb::CareerSection::InThreeYears, "leading science"),
    ] {
        plans
            .write_career_section(world.by(TEACHER, write_section(section, text)))
            .await
            .unwrap();
    }
    assert_denied(&plan_seen_by(&world, HEAD).await.unwrap_err());
    let share = |with: PersonId| pb::ShareCareerSectionRequest {
        request_id: request_id(),
        section: pb::CareerSection::InThreeYears.into(),
        with_ids: vec![with.to_string()],
        ..Default::default()
    };
    let refused = plans.share_career_section(world.by(TEACHER, share(STRANGER))).await;
    assert_violation(&refused.unwrap_err(), "with_ids[0]");
    plans
        .share_career_section(world.by(TEACHER, share(HEAD)))
        .await
        .unwrap();
    let shown = plan_seen_by(&world, HEAD).await.unwrap();
    assert_eq!(shown.sections.len(), 1);
    assert_eq!(shown.sections[0].text, "leading science");
    assert!(
        shown.sections[0].shared_with_ids.is_empty(),
        "with whom else is the owner's"
    );
    let reads = world.commands.gate().reads().about(TEACHER.0, 10).await.unwrap();
    assert!(
        reads
            .iter()
            .any(|read| read.reader_id == HEAD.0 && read.record == "CareerPlan")
    );
    assert_denied(&plan_seen_by(&world, APPRAISER).await.unwrap_err());
    let unshare = pb::UnshareCareerSectionRequest {
        request_id: request_id(),
        section: pb::CareerSection::InThreeYears.into(),
        ..Default::default()
    };
    plans.unshare_career_section(world.by(TEACHER, unshare)).await.unwrap();
    assert_denied(&plan_seen_by(&world, HEAD).await.unwrap_err());
}

#[tokio::test]
async fn an_aim_is_shared_as_a_code() {
    let world = World::running().await;
    let aim = pb::ShareCareerAimRequest {
        request_id: request_id(),
        aim: pb::CareerAim::Senco.into(),
        horizon: pb::AimHorizon::ThreeYears.into(),
        with: pb::AimAudience::School.into(),
        ..Default::default()
    };
    let mut plans = world.career_plans();
    plans.share_career_aim(world.by(TEACHER, aim)).await.unwrap();
    let own = plan_seen_by(&world, TEACHER).await.unwrap();
    assert_eq!(own.aims[0].aim(), pb::CareerAim::Senco);
    // It says nothing of the plan itself, which stays closed.
    assert_denied(&plan_seen_by(&world, HEAD).await.unwrap_err());
    let unshare = pb::UnshareCareerAimRequest {
        request_id: request_id(),
        aim: pb::CareerAim::Senco.into(),
        ..Default::default()
    };
    plans.unshare_career_aim(world.by(TEACHER, unshare)).await.unwrap();
    assert!(plan_seen_by(&world, TEACHER).await.unwrap().aims.is_empty());
}

#[tokio::test]
async fn a_journal_is_read_in_pages_and_by_section() {
    let world = World::running().await;
    let mut journals = world.journals();
    for (section, text, on) in [
        (pb::JournalSection::Notes, "first", "2025-10-01"),
        (pb::JournalSection::Reflections, "second", "2025-10-02"),
        (pb::JournalSection::Notes, "third", "2025-10-03"),
    ] {
        journals
            .write_journal_entry(world.by(TEACHER, write_entry(section, text, on)))
            .await
            .unwrap();
    }
    let texts = |page: &pb::GetJournalResponse| -> Vec<String> {
        page.entries.iter().map(|entry| entry.text.clone()).collect()
    };
    let page = journal_seen_by(&world, TEACHER, "").await.unwrap();
    assert_eq!(texts(&page), ["third", "second"]);
    let next = journal_seen_by(&world, TEACHER, &page.next_page_token).await.unwrap();
    assert_eq!(texts(&next), ["first"]);
    assert_eq!(next.next_page_token, "");
    let share = pb::ShareJournalSectionRequest {
        request_id: request_id(),
        section: pb::JournalSection::Reflections.into(),
        with_ids: vec![COACH.to_string()],
        ..Default::default()
    };
    journals.share_journal_section(world.by(TEACHER, share)).await.unwrap();
    let shown = journal_seen_by(&world, COACH, "").await.unwrap();
    assert_eq!(texts(&shown), ["second"]);
    assert!(shown.shares.is_empty());
    assert_denied(&journal_seen_by(&world, COLLEAGUE, "").await.unwrap_err());
    let unshare = pb::UnshareJournalSectionRequest {
        request_id: request_id(),
        section: pb::JournalSection::Reflections.into(),
        with_ids: vec![COACH.to_string()],
        ..Default::default()
    };
    journals
        .unshare_journal_section(world.by(TEACHER, unshare))
        .await
        .unwrap();
    assert_denied(&journal_seen_by(&world, COACH, "").await.unwrap_err());
}

#[tokio::test]
async fn what_was_taken_out_is_shown_to_nobody() {
    let world = World::running().await;
    let mut journals = world.journals();
    let entry_id = Uuid::now_v7().to_string();
    let write = pb::WriteJournalEntryRequest {
        entry_id: entry_id.clone(),
        ..write_entry(pb::JournalSection::Notes, "a bad day", "2025-10-01")
    };
    journals.write_journal_entry(world.by(TEACHER, write)).await.unwrap();
    let remove = pb::RemoveJournalEntryRequest {
        request_id: request_id(),
        entry_id,
        ..Default::default()
    };
    journals.remove_journal_entry(world.by(TEACHER, remove)).await.unwrap();
    assert!(journal_seen_by(&world, TEACHER, "").await.unwrap().entries.is_empty());
}
