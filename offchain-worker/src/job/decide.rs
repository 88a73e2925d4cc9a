// SPDX-License-Identifier: Apache-2.0
//! What follows from a job's record and from what the chain says of the job. Pure functions.
//!
//! The rule behind all of them: *work on what the best chain says, end only what the finalised chain says.* Executing and proving
//! cost nothing that a reorganisation could take, and a transaction that a reorganisation throws out of the chain comes back by
//! itself, because it was signed over a finalised block.

use assay_client::types::{Balance, BlockNumber};

use super::{
    transaction::{Fate, Head, Outcome},
    Deal, EarlyResult, End, JobRecord, LossReason, Stage,
};
use crate::config::Finality;

/// Refused proofs of one job after which none is submitted any more. The first may have been the device's fault: the second attempt is
/// computed by the reference interpreter.
pub const MAX_REJECTIONS: u8 = 2;

/// What one block says of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// It is in auction.
    Open,
    /// This worker's provider holds it.
    Ours(Deal),
    /// Another provider holds it.
    Theirs,
    /// It has a receipt.
    Settled {
        /// Whether this worker's provider is in it.
        by_us: bool,
        /// What the requester paid.
        price: Balance,
        /// What was paid besides.
        bounty: Balance,
        /// The block with the proof.
        block: BlockNumber,
    },
    /// Neither the job nor a receipt is there.
    Gone {
        /// Whether governance has barred the model.
        barred: bool,
    },
}

/// What the best and the finalised block say of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sights {
    /// The best block.
    pub best: Sight,
    /// The finalised block.
    pub finalised: Sight,
}

/// A transaction as far as decisions go.
#[derive(Clone, Copy, Debug)]
pub struct Followed<'a> {
    /// What becomes of it.
    pub fate: Fate,
    /// How it ended, if that is known.
    pub outcome: Option<&'a Outcome>,
}

/// All that a decision depends on.
#[derive(Clone, Copy, Debug)]
pub struct Outlook<'a> {
    /// The job.
    pub record: &'a JobRecord,
    /// What the chain says of it.
    pub sights: Sights,
    /// The best block.
    pub best: &'a Head,
    /// The finalised block.
    pub finalised: &'a Head,
    /// The transaction that accepts it, if it is still followed.
    pub acceptance: Option<Followed<'a>>,
    /// The transaction with its proof, likewise.
    pub submission: Option<Followed<'a>>,
    /// When a settled job counts as settled.
    pub settled_when: Finality,
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing, yet.
    Wait,
    /// The provider holds the job on these terms.
    Held(Deal),
    /// The job has ended, with an explanation.
    Finish(End, Option<String>),
    /// The transaction with the proof is dead: sign another one for the same proof.
    SubmitAgain,
    /// The transaction with the proof is in a block, and its call failed.
    SubmissionFailed(String),
    /// The chain has looked at the proof and refused it, or may have done so.
    Rejected(String),
}

/// What follows from an outlook.
pub fn decide(outlook: &Outlook<'_>) -> Step {
    let Sights { best, finalised } = outlook.sights;
    let counts = match outlook.settled_when {
        Finality::Best => best,
        Finality::Finalised => finalised,
    };
    if let Sight::Settled {
        by_us: true,
        price,
        bounty,
        block,
    } = counts
    {
        let end = End::Settled {
            block,
            price,
            bounty,
        };
        return Step::Finish(end, None);
    }
    match best {
        Sight::Settled { by_us: true, .. } => Step::Wait,
        Sight::Ours(deal) => held(outlook, deal),
        _ if matches!(outlook.record.stage, Stage::Accepting { .. }) => not_held_yet(outlook),
        _ => not_held_any_more(outlook),
    }
}

/// The best chain says that the job is ours.
fn held(outlook: &Outlook<'_>, deal: Deal) -> Step {
    let record = outlook.record;
    if matches!(record.stage, Stage::Accepting { .. }) {
        return Step::Held(deal);
    }
    match submitted(outlook) {
        Step::Wait if record.deal != Some(deal) => Step::Held(deal),
        step => step,
    }
}

/// What follows for a job in the best chain from the transaction with its proof.
fn submitted(outlook: &Outlook<'_>) -> Step {
    let (Stage::Submitting { .. }, Some(submission)) = (&outlook.record.stage, outlook.submission)
    else {
        return Step::Wait;
    };
    match submission.fate {
        Fate::Pending | Fate::Included => Step::Wait,
        Fate::Dead => Step::SubmitAgain,
        // The finalised block has the transaction, and the job is still there: it did not settle it.
        Fate::Final if matches!(outlook.sights.finalised, Sight::Ours(_)) => {
            match submission.outcome {
                Some(Outcome::Failed(reason)) => Step::SubmissionFailed(reason.clone()),
                Some(Outcome::ProofRejected(reason)) => Step::Rejected(reason.clone()),
                Some(Outcome::Succeeded) | None => Step::Rejected(
                    "the transaction with the proof used its nonce, and the job is not settled"
                        .into(),
                ),
            }
        }
        Fate::Final => Step::Wait,
    }
}

/// The best chain says that the job isn't ours, and it never was as far as we know.
fn not_held_yet(outlook: &Outlook<'_>) -> Step {
    let Sights { best, finalised } = outlook.sights;
    if matches!(finalised, Sight::Ours(_)) {
        return Step::Wait;
    }
    let not_accepted = |why: &str| Step::Finish(End::NotAccepted, Some(why.into()));
    let Some(acceptance) = outlook.acceptance else {
        return not_accepted("the transaction that accepts the job is unknown");
    };
    match acceptance.fate {
        Fate::Pending if best != Sight::Open && finalised != Sight::Open => {
            not_accepted("the job is not in auction any more")
        }
        Fate::Pending | Fate::Included => Step::Wait,
        Fate::Dead => not_accepted("the acceptance did not come into a block in time"),
        Fate::Final => match acceptance.outcome {
            Some(Outcome::Failed(reason)) => {
                not_accepted(&format!("the acceptance failed: {reason}"))
            }
            Some(_) if is_barred(best) && is_barred(finalised) => released(),
            Some(_) => lost(
                LossReason::MissedDeadline,
                "the job was accepted, and its deadline passed while the worker was away",
            ),
            None => lost(
                LossReason::Unknown,
                "the acceptance is in the chain, but not what came of it",
            ),
        },
    }
}

/// Whether the job is gone and its model barred.
fn is_barred(sight: Sight) -> bool {
    matches!(sight, Sight::Gone { barred: true })
}

/// The end of a job whose model was barred.
fn released() -> Step {
    lost(
        LossReason::ModelBarred,
        "governance barred the model: the job was released",
    )
}

/// The best chain says that the job isn't ours, and it was.
fn not_held_any_more(outlook: &Outlook<'_>) -> Step {
    let Sights { best, finalised } = outlook.sights;
    let record = outlook.record;
    let fate = outlook.acceptance.map(|acceptance| acceptance.fate);
    if matches!(finalised, Sight::Ours(_)) || matches!(fate, Some(Fate::Pending | Fate::Included)) {
        return Step::Wait;
    }
    if record.rejections >= MAX_REJECTIONS {
        lost(
            LossReason::ProofRejected,
            "the chain refused the proofs of the job",
        )
    } else if is_barred(best) && is_barred(finalised) {
        released()
    } else if outlook.finalised.number > record.deadline() {
        let deadline = record.deadline();
        let why = format!("no valid proof was in the chain by block {deadline}");
        lost(LossReason::MissedDeadline, &why)
    } else if fate == Some(Fate::Dead) {
        lost(
            LossReason::AcceptanceReverted,
            "a reorganisation took the acceptance back",
        )
    } else if record.early != EarlyResult::No {
        lost(
            LossReason::Contradicted,
            "the proven outputs differ from the early result",
        )
    } else {
        lost(
            LossReason::Unknown,
            "the job is gone, and the chain does not keep how it ended",
        )
    }
}

fn lost(reason: LossReason, why: &str) -> Step {
    Step::Finish(End::Lost(reason), Some(why.into()))
}

/// Whether something can be done for a job now: the best chain says that it is ours and in time, and no pause is on.
pub fn is_workable(record: &JobRecord, best_sight: Option<&Sight>, best: &Head) -> bool {
    let Some(Sight::Ours(deal)) = best_sight else {
        return false;
    };
    // The next block is the first that can have a transaction that is sent now.
    best.number < deal.deadline
        && record.not_before <= best.number
        && record.rejections < MAX_REJECTIONS
}

#[cfg(test)]
mod should {
    use super::super::{testing::record, transaction::testing::head};
    use super::*;

    const ACCEPTING: Stage = Stage::Accepting {
        transaction: [9; 32],
    };
    const SUBMITTING: Stage = Stage::Submitting {
        batch: 1,
        transaction: [9; 32],
    };
    const PAID: Sight = Sight::Settled {
        by_us: true,
        price: 10,
        bounty: 1,
        block: 60,
    };
    const GONE: Sight = Sight::Gone { barred: false };
    const BARRED: Sight = Sight::Gone { barred: true };

    fn deal() -> Deal {
        record(1, Stage::Accepted).deal.unwrap()
    }

    fn ours() -> Sight {
        Sight::Ours(deal())
    }

    /// A decision at best block 60, finalised block `finalised`.
    struct Story {
        record: JobRecord,
        sights: Sights,
        finalised: BlockNumber,
        fate: Option<Fate>,
        outcome: Option<Outcome>,
        settled_when: Finality,
    }

    impl Story {
        fn new(stage: Stage, best: Sight, finalised: Sight) -> Self {
            Self {
                record: record(1, stage),
                sights: Sights { best, finalised },
                finalised: 57,
                fate: None,
                outcome: None,
                settled_when: Finality::Finalised,
            }
        }

        fn with(mut self, fate: Fate, outcome: Option<Outcome>) -> Self {
            (self.fate, self.outcome) = (Some(fate), outcome);
            self
        }

        fn after_deadline(mut self) -> Self {
            self.finalised = 101;
            self
        }

        fn decide(&self) -> Step {
            let followed = self.fate.map(|fate| Followed {
                fate,
                outcome: self.outcome.as_ref(),
            });
            let submitting = matches!(self.record.stage, Stage::Submitting { .. });
            decide(&Outlook {
                record: &self.record,
                sights: self.sights,
                best: &head(self.finalised + 3, 6),
                finalised: &head(self.finalised, 6),
                acceptance: followed.filter(|_| !submitting),
                submission: followed.filter(|_| submitting),
                settled_when: self.settled_when,
            })
        }

        fn end(&self) -> End {
            match self.decide() {
                Step::Finish(end, _) => end,
                step => panic!("{step:?}"),
            }
        }
    }

    #[test]
    fn settle_when_the_receipt_is_final() {
        let mut story = Story::new(SUBMITTING, PAID, ours()).with(Fate::Included, None);
        assert_eq!(story.decide(), Step::Wait);
        story.settled_when = Finality::Best;
        assert!(matches!(story.end(), End::Settled { price: 10, .. }));
        let story = Story::new(SUBMITTING, PAID, PAID).with(Fate::Final, None);
        assert!(matches!(
            story.end(),
            End::Settled {
                price: 10,
                bounty: 1,
                block: 60
            }
        ));
    }

    #[test]
    fn settle_at_any_stage_because_the_chain_knows_better() {
        for stage in [ACCEPTING, Stage::Accepted, Stage::Executed] {
            let story = Story::new(stage, PAID, PAID);
            assert!(matches!(story.end(), End::Settled { .. }));
        }
    }

    #[test]
    fn take_the_job_when_the_best_chain_gives_it() {
        let story = Story::new(ACCEPTING, ours(), Sight::Open).with(Fate::Included, None);
        assert_eq!(story.decide(), Step::Held(deal()));
    }

    #[test]
    fn follow_a_deadline_that_congestion_moves() {
        let moved = Deal {
            deadline: 103,
            ..deal()
        };
        let story = Story::new(Stage::Executed, Sight::Ours(moved), ours());
        assert_eq!(story.decide(), Step::Held(moved));
        let story = Story::new(Stage::Executed, ours(), ours());
        assert_eq!(story.decide(), Step::Wait);
        // It doesn't keep a dead transaction from being replaced.
        let story = Story::new(SUBMITTING, Sight::Ours(moved), ours()).with(Fate::Dead, None);
        assert_eq!(story.decide(), Step::SubmitAgain);
    }

    #[test]
    fn wait_for_an_acceptance_that_may_still_come() {
        for fate in [Fate::Pending, Fate::Included] {
            for best in [Sight::Open, Sight::Theirs] {
                let story = Story::new(ACCEPTING, best, Sight::Open).with(fate, None);
                assert_eq!(story.decide(), Step::Wait);
            }
        }
    }

    #[test]
    fn give_up_a_race_that_is_lost_for_good() {
        let pending = |best, finalised| Story::new(ACCEPTING, best, finalised);
        for sight in [Sight::Theirs, GONE] {
            let story = pending(sight, sight).with(Fate::Pending, None);
            assert_eq!(story.end(), End::NotAccepted);
        }
        let failed = Some(Outcome::Failed("NotOpen".into()));
        let story = pending(Sight::Theirs, Sight::Theirs).with(Fate::Final, failed);
        assert_eq!(story.end(), End::NotAccepted);
        let story = pending(Sight::Open, Sight::Open).with(Fate::Dead, None);
        assert_eq!(story.end(), End::NotAccepted);
    }

    #[test]
    fn not_call_a_job_never_accepted_that_may_have_been() {
        let story = Story::new(ACCEPTING, Sight::Theirs, Sight::Open).after_deadline();
        let succeeded = story.with(Fate::Final, Some(Outcome::Succeeded));
        assert_eq!(succeeded.end(), End::Lost(LossReason::MissedDeadline));
        let story = Story::new(ACCEPTING, Sight::Theirs, Sight::Open).with(Fate::Final, None);
        assert_eq!(story.end(), End::Lost(LossReason::Unknown));
    }

    #[test]
    fn lose_nothing_before_the_loss_is_final() {
        for best in [Sight::Open, Sight::Theirs, GONE, BARRED] {
            assert_eq!(
                Story::new(SUBMITTING, best, ours()).decide(),
                Step::Wait,
                "{best:?}"
            );
        }
    }

    #[test]
    fn wait_when_a_reorganisation_puts_the_acceptance_back_into_the_pool() {
        let story = Story::new(Stage::Executed, Sight::Open, Sight::Open);
        assert_eq!(story.with(Fate::Pending, None).decide(), Step::Wait);
        let story = Story::new(Stage::Executed, Sight::Theirs, Sight::Theirs);
        let end = story.with(Fate::Dead, None).end();
        assert_eq!(end, End::Lost(LossReason::AcceptanceReverted));
    }

    #[test]
    fn explain_each_loss() {
        let story = Story::new(SUBMITTING, Sight::Open, Sight::Open).after_deadline();
        assert_eq!(story.end(), End::Lost(LossReason::MissedDeadline));
        let story = Story::new(Stage::Executed, BARRED, BARRED);
        assert_eq!(story.end(), End::Lost(LossReason::ModelBarred));
        // Accepted and released between two blocks that the worker has seen.
        let story = Story::new(ACCEPTING, BARRED, BARRED);
        let story = story.with(Fate::Final, Some(Outcome::Succeeded));
        assert_eq!(story.end(), End::Lost(LossReason::ModelBarred));
        let mut story = Story::new(Stage::Accepted, Sight::Open, Sight::Open).after_deadline();
        story.record.rejections = MAX_REJECTIONS;
        assert_eq!(story.end(), End::Lost(LossReason::ProofRejected));
        let mut story = Story::new(SUBMITTING, Sight::Open, Sight::Open);
        story.record.early = EarlyResult::Done;
        assert_eq!(story.end(), End::Lost(LossReason::Contradicted));
        let story = Story::new(Stage::Executed, GONE, GONE);
        assert_eq!(story.end(), End::Lost(LossReason::Unknown));
    }

    #[test]
    fn submit_again_only_what_is_dead() {
        let story = |fate| Story::new(SUBMITTING, ours(), ours()).with(fate, None);
        assert_eq!(story(Fate::Pending).decide(), Step::Wait);
        assert_eq!(story(Fate::Included).decide(), Step::Wait);
        assert_eq!(story(Fate::Dead).decide(), Step::SubmitAgain);
        assert!(matches!(story(Fate::Final).decide(), Step::Rejected(_)));
    }

    #[test]
    fn tell_a_failed_call_from_a_refused_proof() {
        let story = |outcome| {
            let story = Story::new(SUBMITTING, ours(), ours());
            story.with(Fate::Final, Some(outcome)).decide()
        };
        assert_eq!(
            story(Outcome::Failed("WeightLimitTooLow".into())),
            Step::SubmissionFailed("WeightLimitTooLow".into())
        );
        assert_eq!(
            story(Outcome::ProofRejected("Invalid".into())),
            Step::Rejected("Invalid".into())
        );
    }

    #[test]
    fn work_only_on_what_is_held_in_time_and_not_paused() {
        let mut record = record(1, Stage::Accepted);
        let sight = ours();
        assert!(is_workable(&record, Some(&sight), &head(99, 0)));
        assert!(!is_workable(&record, Some(&sight), &head(100, 0)));
        assert!(!is_workable(&record, Some(&Sight::Open), &head(60, 0)));
        assert!(!is_workable(&record, None, &head(60, 0)));
        record.not_before = 61;
        assert!(!is_workable(&record, Some(&sight), &head(60, 0)));
        record.not_before = 0;
        record.rejections = MAX_REJECTIONS;
        assert!(!is_workable(&record, Some(&sight), &head(60, 0)));
    }
}
