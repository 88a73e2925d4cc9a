// SPDX-License-Identifier: Apache-2.0
//! Parameters from hostile bytes: those that belong to their circuit run on every input in range.
#![no_main]

use assay_circuit::{Model, Parameters};
use codec::Encode;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let (case, rest) = assay_fuzz::split(data);
    let bytes = assay_fuzz::edit(case.model.parameters().encode(), rest);
    let circuit = case.model.circuit();
    let Ok(parameters) = Parameters::from_bytes(circuit, &bytes) else { return };
    assert_eq!(parameters.encode(), bytes);
    let Ok(model) = Model::new(circuit.clone(), parameters) else { return };
    for input in &case.inputs {
        let trace = model.run(input).expect("the input is in range");
        for (info, cells) in circuit.tensors().iter().zip(trace.tensors()) {
            assert!(cells.iter().all(|&cell| info.range.contains(cell)));
        }
    }
});
