// SPDX-License-Identifier: Apache-2.0
//! Inputs with known results, and the comparison of a device with the interpreter.

use std::{sync::Arc, time::Instant};

use assay_circuit::{Circuit, Model, TensorInfo, Trace};
use serde::Serialize;

use super::{
    error::{ExecutorError, Place},
    probe, Backend,
};

/// Known inputs of a model.
pub(crate) const KNOWN_INPUTS: usize = 6;

/// The next output of splitmix64 (Steele, Lea, Flood, OOPSLA 2014): test inputs need no better randomness, but the same everywhere.
pub(super) fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Inputs that stress a model: each end of the range everywhere, both in turn, and random codes, one cell in four of them an end.
pub(crate) fn known_inputs(info: &TensorInfo) -> [Vec<i32>; KNOWN_INPUTS] {
    let (low, high) = (info.range.low, info.range.high);
    let span = i64::from(high) - i64::from(low) + 1;
    let cells = info.cells();
    let mut state = 0x1319_8a2e_0370_7344;
    std::array::from_fn(|number| match number {
        0 => vec![low; cells],
        1 => vec![high; cells],
        2 => (0..cells)
            .map(|cell| if cell % 2 == 0 { low } else { high })
            .collect(),
        _ => (0..cells)
            .map(|_| {
                let word = splitmix(&mut state);
                match word % 8 {
                    0 => low,
                    1 => high,
                    _ => (i64::from(low) + ((word >> 8) % span as u64) as i64) as i32,
                }
            })
            .collect(),
    })
}

/// The logical cells that the interpreter has at a place; none if the circuit has no such place.
pub(super) fn expected(circuit: &Circuit, trace: &Trace, place: Place) -> Vec<i32> {
    let (node, cells) = match place {
        Place::Accumulator { node } => (node, trace.accumulator(node)),
        Place::Tensor { node } => (node, trace.tensor(node + 1)),
    };
    let info = circuit.tensor(node + 1);
    info.zip(cells)
        .map(|(info, cells)| info.unpad(cells))
        .unwrap_or_default()
}

/// Fails with the first cell in which a device and the interpreter differ.
pub(super) fn compare(
    adapter: &str,
    place: Place,
    input: usize,
    expected: &[i32],
    found: &[i32],
) -> Result<(), ExecutorError> {
    let differs = |cell: &usize| expected.get(*cell) != found.get(*cell);
    match (0..expected.len().max(found.len())).find(differs) {
        Some(cell) => Err(ExecutorError::Untrusted {
            adapter: adapter.into(),
            place,
            input,
            cell,
            expected: expected.get(cell).copied().unwrap_or_default(),
            found: found.get(cell).copied().unwrap_or_default(),
        }),
        None => Ok(()),
    }
}

/// What a [`self_test`] covered.
#[derive(Clone, Debug, Serialize)]
pub struct SelfTest {
    /// [`Backend::name`].
    pub backend: String,
    /// Nodes of the circuit, which has every operator.
    pub nodes: usize,
    /// Inputs run, in batches of several sizes.
    pub inputs: usize,
    /// Seconds, most of which a GPU's driver takes to compile kernels.
    pub seconds: f64,
}

/// Runs a small circuit with every operator on a device and on the interpreter, in batches of several sizes.
///
/// # Errors
/// [`ExecutorError::Untrusted`] if the results differ; whatever loading and running fail with.
pub fn self_test(backend: &dyn Backend) -> Result<SelfTest, ExecutorError> {
    let start = Instant::now();
    let model = Arc::new(probe::model());
    let loaded = backend.load(model.clone())?;
    let known = known_inputs(model.circuit().input());
    let mut inputs = 0;
    for batch in [1, 3, 2 * KNOWN_INPUTS] {
        let batch: Vec<Vec<i32>> = known.iter().cycle().take(batch).cloned().collect();
        let outputs = loaded.run(&batch)?;
        for (index, (input, output)) in batch.iter().zip(&outputs).enumerate() {
            compare_output(&backend.name(), &model, index, input, output)?;
        }
        inputs += batch.len();
    }
    Ok(SelfTest {
        backend: backend.name(),
        nodes: model.circuit().nodes().len(),
        inputs,
        seconds: start.elapsed().as_secs_f64(),
    })
}

fn compare_output(
    adapter: &str,
    model: &Model,
    index: usize,
    input: &[i32],
    found: &[i32],
) -> Result<(), ExecutorError> {
    let trace = model
        .run(input)
        .map_err(|source| ExecutorError::Input { index, source })?;
    let place = output_place(model.circuit());
    compare(adapter, place, index, &trace.output(), found)
}

/// The place of a circuit's output.
pub(super) fn output_place(circuit: &Circuit) -> Place {
    Place::Tensor {
        node: circuit.output_id().saturating_sub(1),
    }
}

#[cfg(test)]
mod should {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn know_inputs_in_range_with_both_ends() {
        let model = probe::model();
        let info = model.circuit().input();
        let inputs = known_inputs(info);
        for input in &inputs {
            assert_eq!(input.len(), info.cells());
            assert!(input.iter().all(|&code| info.range.contains(code)));
        }
        for random in &inputs[3..] {
            assert!(random.contains(&info.range.low) && random.contains(&info.range.high));
            assert!(random.iter().collect::<BTreeSet<_>>().len() > 50);
        }
        let different: BTreeSet<_> = inputs.iter().collect();
        assert_eq!(different.len(), KNOWN_INPUTS);
    }

    #[test]
    fn know_inputs_whose_outputs_differ() {
        // Results of one of them left in memory must not pass for those of another one.
        let model = probe::model();
        let outputs: BTreeSet<Vec<i32>> = known_inputs(model.circuit().input())
            .iter()
            .map(|input| model.run(input).expect("in range").output())
            .collect();
        assert_eq!(outputs.len(), KNOWN_INPUTS);
    }

    #[test]
    fn name_the_first_cell_that_differs() {
        let place = Place::Tensor { node: 3 };
        assert_eq!(compare("gpu", place, 0, &[1, 2, 3], &[1, 2, 3]), Ok(()));
        let error = compare("gpu", place, 5, &[1, 2, 3], &[1, 9, 9]);
        assert_eq!(
            error,
            Err(ExecutorError::Untrusted {
                adapter: "gpu".into(),
                place,
                input: 5,
                cell: 1,
                expected: 2,
                found: 9
            })
        );
        assert!(compare("gpu", place, 0, &[1, 2], &[1]).is_err());
        assert!(compare("gpu", place, 0, &[1], &[1, 0]).is_err());
    }
}
