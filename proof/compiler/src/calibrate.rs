// SPDX-License-Identifier: Apache-2.0
//! What the values of a float graph are on the sample inputs.

use rayon::prelude::*;

use crate::graph::{evaluate::walk, Graph};

/// Smallest and largest value of every tensor over all samples, and the outputs.
#[derive(Clone, Debug)]
pub(crate) struct Statistics {
    pub(crate) extremes: Vec<Extremes>,
    pub(crate) outputs: Vec<Vec<f32>>,
}

/// Smallest and largest value of a tensor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Extremes {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Extremes {
    const EMPTY: Self = Self {
        low: f64::INFINITY,
        high: f64::NEG_INFINITY,
    };

    fn of(values: &[f32]) -> Self {
        let low = values
            .iter()
            .fold(f32::INFINITY, |low, &value| low.min(value));
        let high = values
            .iter()
            .fold(f32::NEG_INFINITY, |high, &value| high.max(value));
        Self {
            low: low as f64,
            high: high as f64,
        }
    }

    fn hull(self, other: Self) -> Self {
        Self {
            low: self.low.min(other.low),
            high: self.high.max(other.high),
        }
    }

    /// Largest magnitude.
    pub(crate) fn magnitude(self) -> f64 {
        self.low.abs().max(self.high.abs())
    }
}

/// A sample on which the float model computes something that is not a finite number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotFinite {
    pub(crate) sample: usize,
    pub(crate) node: usize,
}

/// Runs the graph on every sample.
pub(crate) fn run(
    graph: &Graph,
    samples: &[Vec<f32>],
    progress: &(dyn Fn() + Sync),
) -> Result<Statistics, NotFinite> {
    let runs: Vec<(Vec<Extremes>, Vec<f32>)> = samples
        .par_iter()
        .enumerate()
        .map(|(sample, input)| {
            let mut extremes = Vec::with_capacity(graph.nodes.len());
            let mut output = Vec::new();
            let mut broken = None;
            walk(graph, input, |node, values| {
                extremes.push(Extremes::of(values));
                if broken.is_none() && values.iter().any(|value| !value.is_finite()) {
                    broken = Some(NotFinite { sample, node });
                }
                if node == graph.output {
                    output = values.to_vec();
                }
            });
            progress();
            broken.map_or(Ok((extremes, output)), Err)
        })
        .collect::<Result<_, _>>()?;
    let mut extremes = vec![Extremes::EMPTY; graph.nodes.len()];
    let mut outputs = Vec::with_capacity(samples.len());
    for (own, output) in runs {
        extremes
            .iter_mut()
            .zip(own)
            .for_each(|(all, own)| *all = all.hull(own));
        outputs.push(output);
    }
    Ok(Statistics { extremes, outputs })
}
