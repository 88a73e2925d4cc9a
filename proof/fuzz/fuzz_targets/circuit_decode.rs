// SPDX-License-Identifier: Apache-2.0
//! Circuits from hostile bytes: those that decode are canonical, and everything about them can be
//! computed.
#![no_main]

use assay_circuit::{limits, Circuit};
use codec::Decode;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let (case, rest) = assay_fuzz::split(data);
    let bytes = assay_fuzz::edit(case.model.circuit().to_bytes(), rest);
    let decoded = Circuit::from_bytes(&bytes);
    if let Ok(circuit) = &decoded {
        assert_eq!(circuit.to_bytes(), bytes);
        assert!(circuit.cost(1).is_some() && circuit.cost(limits::MAX_BATCH).is_some());
        let cells: u64 = circuit.parameter_layout().iter().map(|tensor| tensor.cells()).sum();
        assert!(cells <= limits::MAX_LOGICAL_PARAMETERS);
        assert_ne!(circuit.hash(), [0; 32]);
    }
    // A stream may go on after the circuit; otherwise both ways of decoding agree.
    let mut stream = &bytes[..];
    let streamed = Circuit::decode(&mut stream);
    assert_eq!(streamed.is_ok() && stream.is_empty(), decoded.is_ok());
});
