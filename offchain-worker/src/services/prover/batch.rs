// SPDX-License-Identifier: Apache-2.0
//! Which jobs go into one proof, and whether to wait for more. Pure.

use assay_client::types::{BlockNumber, JobId};

/// A job that was executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The job.
    pub job: JobId,
    /// Its inputs.
    pub inputs: u32,
    /// Codes of all its outputs.
    pub output_codes: u32,
    /// The last block in which its proof counts.
    pub deadline: BlockNumber,
    /// The best block when it was executed.
    pub since: BlockNumber,
}

/// What a batch must not exceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Jobs.
    pub jobs: usize,
    /// Inputs.
    pub inputs: u32,
    /// Bytes of the call with it.
    pub call_bytes: usize,
}

/// How long a job may wait for others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Blocks after it was executed.
    pub blocks: u32,
    /// Blocks before its deadline in which it waits for nobody.
    pub margin: u32,
}

/// Bytes of a call of `submit_proof` besides jobs, outputs and proof, as the pallet counts them: call index, three lengths, the weight
/// limit.
const CALL_OVERHEAD: usize = 2 + 3 * 4 + 2 * 9;

/// Bytes of a call of `submit_proof` as the pallet counts them.
pub fn call_bytes(jobs: usize, output_codes: usize, proof: usize) -> usize {
    CALL_OVERHEAD + 8 * jobs + 4 * output_codes + proof
}

/// The jobs to prove together now, ascending; none if it is better to wait. `proof_bytes` is the length of a proof over so many inputs.
///
/// The most urgent jobs go first. A job that doesn't fit is left for the next proof, and the search goes on with smaller ones.
pub fn choose(
    mut candidates: Vec<Candidate>,
    limits: Limits,
    patience: Patience,
    best: BlockNumber,
    proof_bytes: impl Fn(u32) -> usize,
) -> Vec<JobId> {
    candidates.sort_by_key(|candidate| (candidate.deadline, candidate.job));
    let mut chosen: Vec<Candidate> = Vec::new();
    let (mut inputs, mut output_codes) = (0u32, 0usize);
    let mut full = false;
    for candidate in candidates {
        let inputs_then = inputs.saturating_add(candidate.inputs);
        let codes_then = output_codes + candidate.output_codes as usize;
        let fits = chosen.len() < limits.jobs
            && inputs_then <= limits.inputs
            && call_bytes(chosen.len() + 1, codes_then, proof_bytes(inputs_then))
                <= limits.call_bytes;
        // A job that is too large by itself is tried: the chain has let it in.
        if !fits && !chosen.is_empty() {
            full = true;
            continue;
        }
        (inputs, output_codes) = (inputs_then, codes_then);
        chosen.push(candidate);
    }
    full |= chosen.len() >= limits.jobs || inputs >= limits.inputs;
    let impatient = |candidate: &Candidate| {
        best >= candidate.since.saturating_add(patience.blocks)
            || best.saturating_add(patience.margin) >= candidate.deadline
    };
    if !full && !chosen.iter().any(impatient) {
        return Vec::new();
    }
    let mut jobs: Vec<JobId> = chosen.iter().map(|candidate| candidate.job).collect();
    jobs.sort_unstable();
    jobs
}

#[cfg(test)]
mod should {
    use super::*;

    const LIMITS: Limits = Limits {
        jobs: 3,
        inputs: 8,
        call_bytes: 1_000,
    };
    const PATIENCE: Patience = Patience {
        blocks: 2,
        margin: 5,
    };

    fn candidate(job: JobId, inputs: u32, deadline: BlockNumber) -> Candidate {
        Candidate {
            job,
            inputs,
            output_codes: inputs,
            deadline,
            since: 10,
        }
    }

    fn at(best: BlockNumber, candidates: &[Candidate]) -> Vec<JobId> {
        choose(candidates.to_vec(), LIMITS, PATIENCE, best, |inputs| {
            100 * inputs.next_power_of_two() as usize
        })
    }

    #[test]
    fn wait_for_others_but_not_long() {
        let jobs = [candidate(1, 1, 100)];
        assert_eq!(at(11, &jobs), [] as [u64; 0]);
        assert_eq!(at(12, &jobs), [1]);
    }

    #[test]
    fn not_wait_when_it_is_urgent_or_full() {
        assert_eq!(at(11, &[candidate(1, 1, 16)]), [1]);
        let full = [3, 1, 2].map(|job| candidate(job, 1, 100));
        assert_eq!(at(11, &full), [1, 2, 3]);
        assert_eq!(at(11, &[candidate(1, 8, 100)]), [1]);
    }

    #[test]
    fn take_the_urgent_first_and_fill_up_with_small_ones() {
        let jobs = [
            candidate(1, 5, 90),
            candidate(2, 5, 80),
            candidate(3, 2, 100),
        ];
        assert_eq!(at(11, &jobs), [2, 3]);
    }

    #[test]
    fn keep_the_call_within_its_limit() {
        // 8 inputs: 800 bytes of proof, and 32 of the call.
        let small = [candidate(1, 4, 90), candidate(2, 4, 90)];
        assert_eq!(at(20, &small), [1, 2]);
        let mut long = small;
        long[1].output_codes = 60;
        assert_eq!(at(20, &long), [1]);
    }

    #[test]
    fn try_a_job_that_is_too_large_by_itself_alone() {
        let jobs = [candidate(1, 20, 90), candidate(2, 1, 95)];
        assert_eq!(at(20, &jobs), [1]);
    }

    #[test]
    fn count_bytes_as_the_chain_does() {
        assert_eq!(call_bytes(2, 10, 100), 32 + 16 + 40 + 100);
    }
}
