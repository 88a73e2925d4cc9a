// SPDX-License-Identifier: Apache-2.0
//! The main job, end to end, as `make demo` shows it: the real node with the real runtime, the real worker, the real command line.
//! What is asserted is what the chain says afterwards.

use std::path::{Path, PathBuf};

use assay_client::{
    types::{Dimension, Fault},
    units::ASY,
};
use assay_demo::{Demo, Options, BATCH, DIGITS};

/// Where cargo puts the programs: the folder above the tests'.
fn binaries() -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    let folder = test.parent().and_then(Path::parent);
    folder
        .expect("tests are in a folder of the target's")
        .into()
}

mod live {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn the_main_job_from_end_to_end() {
        let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models");
        let options = Options {
            binaries: Some(binaries()),
            models,
            port: 0,
        };
        let demo = Demo::start(options).await.expect("the demo starts");
        let story = match demo.run().await {
            Ok(story) => story,
            Err(error) => panic!("{error:#}\n{}", demo.logs()),
        };
        demo.conclude(&story).await.expect("the books balance");

        let market = demo.market();
        let at = market.chain.finalised().await.expect("the chain is there");
        let honest = market.cast.honest.account();

        // Every digit has been answered, paid for and written down, by the honest provider.
        assert_eq!(story.answers.len(), DIGITS - BATCH + 1);
        let answered: usize = story
            .answers
            .iter()
            .map(|answer| answer.outputs.len())
            .sum();
        assert_eq!(answered, DIGITS);
        assert!(story.right >= DIGITS - 2, "{} recognised", story.right);
        for answer in &story.answers {
            let receipt = at.receipt(answer.job).await.expect("a reply");
            let receipt = receipt.expect("a receipt of each answered job");
            assert_eq!(receipt.provider, honest);
            assert_eq!(receipt.requester, market.cast.requester.account());
            assert_eq!(receipt.outputs, answer.outputs.concat());
            assert_eq!(receipt.price, answer.price);
            assert_eq!(receipt.settled.block, answer.block);
            assert!((ASY / 2..=16 * ASY).contains(&receipt.price));
        }
        let batched = story
            .answers
            .iter()
            .filter(|answer| answer.jobs_in_proof > 1);
        assert!(batched.count() > 0, "no proof settled several jobs");

        // No job is left, and nothing is held for one.
        assert_eq!(at.jobs(10).await.expect("a reply"), []);

        // Each crime cost its author, and its job was answered all the same.
        let faults = |index: usize| -> Vec<Fault> {
            let slashes = &story.crimes[index].slashes;
            slashes.iter().map(|slash| slash.fault).collect()
        };
        assert_eq!(faults(0), [Fault::InvalidProof, Fault::Missed], "the thief");
        assert_eq!(faults(1), [Fault::Missed], "the silent provider");
        assert_eq!(faults(2).last(), Some(&Fault::Missed), "the liar");
        assert!(faults(2).contains(&Fault::InvalidProof), "the liar");
        for crime in &story.crimes {
            let receipt = at.receipt(crime.job).await.expect("a reply");
            let receipt = receipt.expect("the job was answered in the end");
            assert_eq!(receipt.provider, honest);
            assert_eq!(receipt.bounty, crime.bounty);
            assert!(receipt.bounty > 0);
            let lost: u128 = crime.slashes.iter().map(|slash| slash.lost).sum();
            let status = at.provider_status(&crime.provider).await.expect("a reply");
            let status = status.expect("it is still a provider");
            assert_eq!(status.own_bond, 2_000 * ASY - lost);
            assert_eq!((status.own_locked, status.open_jobs), (0, 0));
            for slash in &crime.slashes {
                assert!(slash.bounty * 4 <= slash.lost, "a bounty above a quarter");
            }
        }

        // Work was measured, and all of it is the honest provider's.
        let era = at.current_era().await.expect("a reply");
        let mut measured = 0;
        for era in 0..=era {
            let work = at
                .concentration(era, Dimension::Work)
                .await
                .expect("a reply");
            let Some(work) = work.filter(|work| work.total > 0) else {
                continue;
            };
            measured += work.total;
            assert_eq!((work.parties, work.nakamoto), (1, Some(1)));
            assert_eq!(work.hhi.0, 1_000_000_000);
            let share = at
                .share(era, Dimension::Work, &honest)
                .await
                .expect("a reply");
            assert_eq!(share.map(|share| share.0), Some(1_000_000_000));
        }
        assert!(measured > 0);
    }
}
