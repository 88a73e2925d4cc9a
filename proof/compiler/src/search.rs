// SPDX-License-Identifier: Apache-2.0
//! Code widths: every layer starts at the base width, and layers are raised until the error on the samples is within the
//! budget, those first that contribute most.
//!
//! The contribution of a layer is measured: all layers at their most bits, this one at the base width. Contributions add as squares,
//! and each bit more divides one by four.

use crate::{
    calibrate::Statistics,
    error::{FieldError, Problem},
    graph::Graph,
    lower::{lower, widths, Lowered},
    measure::measure,
    quantise::input::{self, InputCodes},
};

/// Samples on which contributions are measured; the result is measured on all.
const PROBES: usize = 16;

/// Bits by which a layer is raised at a time.
const STEP: u8 = 2;

/// What is searched for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Goal {
    /// Bits of every layer at first.
    pub(crate) base: u8,
    /// Bound on [`Agreement::centred_error`](crate::Agreement::centred_error).
    pub(crate) max_error: Option<f64>,
    /// Whether 16 bits may be used.
    pub(crate) wide: bool,
}

/// A circuit within the budget.
pub(crate) struct Found {
    pub(crate) lowered: Lowered,
    pub(crate) input: InputCodes,
}

struct Search<'a> {
    graph: &'a Graph,
    statistics: &'a Statistics,
    samples: &'a [Vec<f32>],
}

impl Search<'_> {
    fn build(&self, bits: &[u8]) -> Result<(Lowered, InputCodes), FieldError> {
        let input = input::choose(self.samples, self.statistics.extremes[0], bits[0].max(1));
        Ok((lower(self.graph, self.statistics, input, bits)?, input))
    }

    fn error(&self, lowered: &Lowered, input: InputCodes, samples: &[Vec<f32>]) -> f64 {
        let measured = measure(
            self.graph,
            lowered,
            input,
            self.statistics,
            samples,
            false,
            &|| (),
        );
        measured.agreement.centred_error
    }
}

/// Finds the widths. `progress` is called before each attempt.
pub(crate) fn search(
    graph: &Graph,
    statistics: &Statistics,
    samples: &[Vec<f32>],
    goal: Goal,
    progress: &dyn Fn(),
) -> Result<Found, FieldError> {
    let search = Search {
        graph,
        statistics,
        samples,
    };
    // 16-bit base codes are an explicit choice.
    let wide = goal.wide || goal.base > 12;
    let widest = widths(graph, wide).most;
    let mut bits: Vec<u8> = widest.iter().map(|&most| goal.base.min(most)).collect();
    progress();
    let (lowered, input) = search.build(&bits)?;
    let Some(budget) = goal.max_error else {
        return Ok(Found { lowered, input });
    };
    if search.error(&lowered, input, samples) <= budget {
        return Ok(Found { lowered, input });
    }

    let probes = &samples[..samples.len().min(PROBES)];
    let error_at = |bits: &[u8], samples: &[Vec<f32>]| -> Result<f64, FieldError> {
        progress();
        let (lowered, input) = search.build(bits)?;
        Ok(search.error(&lowered, input, samples))
    };
    // Sums have 32 bits: beyond some width of the codes the weights lose more than the codes win.
    let (mut most, mut reached) = (widest.clone(), f64::INFINITY);
    for cap in if wide { &[12u8, 14, 16][..] } else { &[12] } {
        let capped: Vec<u8> = (bits.iter().zip(&widest))
            .map(|(&base, &widest)| widest.min(*cap).max(base))
            .collect();
        let error = error_at(&capped, samples)?;
        if error < reached {
            (most, reached) = (capped, error);
        }
    }
    let fail = || {
        let bits = most.iter().copied().max().unwrap_or(0);
        let problem = Problem::ErrorBudget {
            reached,
            budget,
            bits,
        };
        FieldError::new("--max-error", problem)
    };
    if reached > budget {
        return Err(fail());
    }
    let floor = error_at(&most, probes)?.powi(2);
    let mut contributions = vec![0.0; bits.len()];
    for layer in 0..bits.len() {
        if bits[layer] < most[layer] {
            let mut probe = most.clone();
            probe[layer] = bits[layer];
            contributions[layer] = (error_at(&probe, probes)?.powi(2) - floor).max(0.0);
        }
    }
    // Predictions are rough: after a failure the next one aims lower.
    let mut aim = budget.powi(2);
    loop {
        let mut raised = false;
        while let Some(layer) = largest(&contributions, &bits, &most) {
            let predicted = floor + contributions.iter().sum::<f64>();
            if raised && predicted <= aim {
                break;
            }
            let more = STEP.min(most[layer] - bits[layer]);
            bits[layer] += more;
            contributions[layer] /= 16f64.powi((more > 0) as i32);
            raised = true;
        }
        progress();
        let (lowered, input) = search.build(&bits)?;
        if search.error(&lowered, input, samples) <= budget {
            return Ok(Found { lowered, input });
        }
        if !raised {
            // Everything is at its most, where the error was within the budget.
            return Err(fail());
        }
        aim *= 0.8;
    }
}

/// The layer that can be raised and contributes most.
fn largest(contributions: &[f64], bits: &[u8], most: &[u8]) -> Option<usize> {
    (0..bits.len())
        .filter(|&layer| bits[layer] < most[layer])
        .max_by(|&a, &b| contributions[a].total_cmp(&contributions[b]))
}
